"""Writes reference.json: BG/NBD and Gamma-Gamma worked out by other ways than the crate's.

    python reference.py > reference.json        (mpmath 1.4, scipy 1.17, numpy 2)

Likelihoods are integrals over the mixing distributions by mpmath's quadrature, or the papers' closed forms
in 40 digits; expected orders are an integral, not the hypergeometric form; fits are scipy's.
"""

import json

import mpmath as mp
import numpy as np
from scipy import optimize, special

mp.mp.dps = 40
rng = np.random.default_rng(11)


def f(x):
    return float(x)


def excess(p, q, c, z):
    """(2F1(p, q; c; z) - 1) / q in 80 digits; q = 0 is 1e-30."""
    with mp.workdps(80):
        p, q, c, z = map(mp.mpf, (p, q or 1e-30, c, z))
        return f((mp.hyp2f1(p, q, c, z) - 1) / q)


def bg_nbd_likelihood(r, alpha, a, b, x, tx, age, any_):
    """The likelihood of one customer, from the papers' closed form, in 40 digits."""
    k = x + 1 if any_ else x
    r, alpha, a, b, tx, age = map(mp.mpf, (r, alpha, a, b, tx, age))
    rate = mp.gamma(r + x) * alpha**r / mp.gamma(r)
    alive = mp.beta(a, b + k) / mp.beta(a, b) / (alpha + age) ** (r + x)
    gone = mp.beta(a + 1, b + k - 1) / mp.beta(a, b) / (alpha + tx) ** (r + x) if k > 0 else mp.mpf(0)
    return rate * alive, rate * gone


def expected_orders(r, alpha, a, b, x, tx, age, any_, t):
    """P(alive) times E[(1 - exp(-lambda p t)) / p], integrated over p; lambda integrates in closed form."""
    k = x + 1 if any_ else x
    alive, gone = bg_nbd_likelihood(r, alpha, a, b, x, tx, age, any_)
    r, alpha, a, b, age, t = map(mp.mpf, (r, alpha, a, b, age, t))
    base = alpha + age

    def integrand(u):
        # p = u^(1/a): the beta density's pole at 0 is gone.
        p = u ** (1 / a)
        rate = -mp.expm1(-(r + x) * mp.log1p(p * t / base)) / p
        return rate * (1 - p) ** (b + k - 1) / a

    points = [0] + [mp.mpf(p) ** a for p in ("1e-4", "0.01", "0.1", "0.5", "0.9")] + [1]
    mean = mp.quad(integrand, points) / mp.beta(a, b + k)
    return f(alive / (alive + gone)), f(alive / (alive + gone) * mean)


def simulated_histories(n):
    """Customers of a small shop, in weeks, by the model's own story."""
    rows = []
    for _ in range(n):
        rate, p = rng.gamma(0.7) / 4.0, rng.beta(0.9, 3.0)
        age = float(rng.integers(40, 365)) / 7
        t, x, last = 0.0, 0, 0.0
        while True:
            t += rng.exponential(1 / rate)
            if t > age:
                break
            x, last = x + 1, t
            if rng.random() < p:
                break
        rows.append([x, round(last, 3), round(age, 3)])
    return rows


def simulated_spends(n):
    rows = []
    for _ in range(n):
        x = int(1 + rng.poisson(2))
        nu = rng.gamma(4.0) / 15.0
        rows.append([x, round(float(rng.gamma(6.0, 1 / nu, x).mean()), 2)])
    return rows


def log_bg_nbd(theta, rows, any_):
    """The same likelihood in floats, for scipy's search."""
    r, alpha, a, b = np.exp(theta)
    x, tx, age = np.array(rows).T
    k = x + 1 if any_ else x
    head = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - special.betaln(a, b)
    alive = special.betaln(a, b + k) - (r + x) * np.log(alpha + age)
    with np.errstate(divide="ignore"):
        chance = np.where(k > 0, special.betaln(a + 1, np.maximum(b + k - 1, 1e-300)), -np.inf)
    gone = chance - (r + x) * np.log(alpha + tx)
    return (head + np.logaddexp(alive, gone)).sum()


def log_gamma_gamma(theta, rows):
    p, q, v = np.exp(theta)
    x, z = np.array(rows, dtype=float).T
    value = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * np.log(v)
    return (value + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)).sum()


def gamma_gamma_by_integral(p, q, v, x, z):
    """The density of a mean of x gamma values, integrated over the customers' rates."""
    p, q, v, z = map(mp.mpf, (p, q, v, z))

    def integrand(nu):
        mean = (nu * x) ** (p * x) * z ** (p * x - 1) * mp.exp(-nu * x * z) / mp.gamma(p * x)
        return mean * v**q * nu ** (q - 1) * mp.exp(-v * nu) / mp.gamma(q)

    top = (p * x + q) / (v + x * z)
    points = [0, top / 8, top / 2, top, 2 * top, 4 * top, 10 * top, mp.inf]
    return f(mp.log(mp.quad(integrand, points)))


def fitted(function, dimensions, *arguments):
    found = None
    for start in (np.zeros(dimensions), np.full(dimensions, 0.7)):
        for _ in range(4):
            result = optimize.minimize(lambda t: -function(t, *arguments), start, method="Nelder-Mead",
                                       options={"xatol": 1e-10, "fatol": 1e-10, "maxiter": 20000, "maxfev": 20000})
            start = result.x
        if found is None or result.fun < found.fun:
            found = result
    return [*map(float, np.exp(found.x)), float(-found.fun)]


series = [[p, q, c, z, excess(p, q, c, z)]
          for p in (-29.3, -3.7, -0.4, 0.0, 0.6, 2.5, 9.0)
          for q in (-0.9, -0.2, 0.0, 1e-9, 0.7, 3.0)
          for c in (0.3, 1.8, 12.0, 400.0)
          for z in (1e-7, 0.05, 0.6, 0.97, 0.9995)]

PARAMETERS = [(0.2426, 4.414, 0.793, 2.426), (1.6, 50.0, 1.0, 3.8), (0.5, 6.2, 1.0000001, 1.6), (5.0, 30.0, 0.05, 9.0),
              (30.0, 90.0, 3.0, 2.0)]
HISTORIES = [(0, 0.0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (7, 38.0, 38.86), (29, 12.0, 38.86),
             (400, 350.0, 360.0), (0, 0.0, 0.0), (3, 50.0, 50.0)]
customers = [[*parameters, *history, int(any_), t,
              *expected_orders(*parameters, *history, any_, t),
              f(mp.log(sum(bg_nbd_likelihood(*parameters, *history, any_))))]
             for parameters in PARAMETERS for history in HISTORIES for any_ in (False, True) for t in (0.5, 39.0, 365.0)]
SPENDS = [(1, 20.0), (2, 35.5), (7, 12.25), (120, 80.0)]
spends = [[p, q, v, x, z, gamma_gamma_by_integral(p, q, v, x, z), p * (v + x * z) / (p * x + q - 1)]
          for p, q, v in [(6.25, 3.74, 15.44), (1.2, 2.2, 40.0)] for x, z in SPENDS]
histories, values = simulated_histories(1200), simulated_spends(800)
print(json.dumps({
    "series": series, "customers": customers, "spends": spends,
    "histories": histories, "values": values,
    "fit": fitted(log_bg_nbd, 4, histories, False),
    "fit_after_any": fitted(log_bg_nbd, 4, histories, True),
    "fit_spend": fitted(log_gamma_gamma, 3, values),
}, separators=(",", ":")))
