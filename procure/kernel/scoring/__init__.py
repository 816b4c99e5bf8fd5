"""Scoring of bids (评审): scheme, panel, price points, ranking, abnormally low bids, lots.

Who acts: the buyer writes a scheme, the panel fills score sheets, this package does the sums.
Enters from: a published scheme and the bids that were opened. Leaves to: the award.

Reading order: `figures` (exact numbers), `rules` (what each rule says and where), `scheme` (what
the tender document says), `check` (may it say that), `bid` (what a bidder offered and the panel
gave), `deduction`, `validity`, `price`, `lanes` and `tally` (adding up), `low_price`, `ranking`,
`score` (all of it together), `lots`, `panel`, `correction`, `notices` (what people must be told),
and `case` (the same as JSON).

How figures are rounded, and stated in every tender document (R-SC-10): the mean of a factor over
all members is rounded to 4 places; the price score is rounded once to the places shown (2); the
total is the sum of these, rounded to the places shown, and ranks are given by the total as shown.
Every rounding is half up. Nothing is trimmed (R-SC-9), no price is averaged into the base (R-SC-6).

Legal basis: 政府采购货物和服务招标投标管理办法, 政府采购竞争性磋商采购方式管理暂行办法,
政府采购法实施条例 art 34, 财库〔2022〕19号, 财库〔2026〕2号.
"""
