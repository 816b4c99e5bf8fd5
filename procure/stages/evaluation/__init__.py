"""Performance evaluation (绩效评价) of delivery: indicators, scores with reasons, grade.

Who acts: the clerk assigns an assessor, evaluators score, the lead submits, the approver confirms.
Enters from: a signed contract (mid-term month 6, final in the month before the last day, once the
mid-term is settled, R 6.6, T68). Leaves to: acceptance, payments. Reminders at 10, 5, 2, 0 working days and daily when overdue. Legal basis:
财综〔2018〕42号; 财预〔2020〕10号; MZ/T 059-2014.
"""
