"""Guidance catalogue (指导性目录): what may be bought, to which standard, measured by what.

Who acts: the catalogue keeper of the city's bureau. Enters from: policy papers (穗字〔2009〕13号 §9
gives the eight classes). Leaves to: plans, which name an item. Legal basis: 政府购买服务管理办法
art 9–13.
"""
