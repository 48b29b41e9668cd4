// statsmodels 0.15.0 confint_proportions_2indep(56, 70, 48, 80), methods "log" and "logit".
const RISK_RATIO: (f64, f64) = (1.0766264227631928, 1.6512485112663873);
const ODDS_RATIO: (f64, f64) = (1.2762178705364342, 5.572019696074382);
