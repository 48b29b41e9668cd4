"""Numbers of statsmodels for `crates/stats/src/change/kitagawa.rs`: mix and rate of three levels by the two-fold
Oaxaca-Blinder decomposition on indicators, both periods weighted by one half (Reimers)."""

import numpy as np
import statsmodels
from statsmodels.stats.oaxaca import OaxacaBlinder

levels = [((40, 90), (8, 27)), ((35, 30), (21, 15)), ((25, 60), (20, 57))]
rows = []
for level, (sizes, sums) in enumerate(levels):
    for period in (0, 1):
        for k in range(sizes[period]):
            rows.append((k < sums[period], level == 0, level == 1, level == 2, period))
table = np.array(rows, dtype=float)
model = OaxacaBlinder(table[:, 0], table[:, 1:5], 3, hasconst=True, swap=False)
print(statsmodels.__version__, [repr(x) for x in model.two_fold(two_fold_type="reimers").params])
