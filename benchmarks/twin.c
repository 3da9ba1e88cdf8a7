/* The compiled solver once more, in C: the same method, the same stretches between events, the same
 * arrays (mgg_kernel/simulation/compiled/layout.py), for closed vessels and grains without slivers.
 * It exists to be raced against; benchmarks/simulation.py builds it with its coefficients in tableau.h. */
#include <math.h>
#include <string.h>
#include "tableau.h"

#define MAXN 12
#define CHARGE_SIZE 17
#define CHUNK 256
enum { WAITING, WHOLE, BURNT = 4 };

typedef struct {
    const double *shot, *charge, *law;
    int count, n, mode[MAXN], fired;
    double k[16][MAXN], f[7][MAXN], *lit, *out;
} Shot;

static double share_at(const Shot *s, double t) {
    if (!s->fired) return 0.0;
    double late = t - s->shot[11];
    if (late >= 38.0 * s->shot[12]) return 1.0;
    late = fmax(late, 0.0) / s->shot[12];
    return late > 0.1 ? 1 - exp(-late) : -expm1(-late);
}

static double psi_of(const Shot *s, int k, double z) {
    const double *c = s->charge + k * CHARGE_SIZE;
    return s->mode[k] == BURNT ? 1.0 : c[6] * z * (1 + z * (c[7] + z * c[8]));
}

static double gas(const Shot *s, double t, const double *y, double *temperature) {
    const double *v = s->shot;
    double g = share_at(s, t);
    double r = v[2] + v[6] * g, cv = v[3] + v[7] * g, e = v[4] + v[8] * g, room = v[0] - v[10] * g;
    for (int k = 0; k < s->count; k++) {
        if (s->mode[k] == WAITING) continue;
        const double *c = s->charge + k * CHARGE_SIZE;
        double psi = psi_of(s, k, y[k]);
        r += c[0] * psi; cv += c[1] * psi; e += c[2] * psi; room -= c[5] * psi;
    }
    e -= y[s->count] * v[17];
    if (!(cv > 0)) { *temperature = v[14]; return 0.0; }
    *temperature = e / cv;
    return fmax(e * r / (cv * fmax(room, v[1])), 0.0);
}

static void rates(Shot *s, int row, double t, const double *y) {
    double temperature, p = gas(s, t, y, &temperature), lp = log(p);
    for (int k = 0; k < s->count; k++) {
        if (s->mode[k] != WHOLE) { s->k[row][k] = 0.0; continue; }
        const double *law = s->law + k * PIECES * 3;
        int piece = 0;
        while (piece < PIECES - 1 && p >= law[3 * (piece + 1)]) piece++;
        s->k[row][k] = exp(law[3 * piece + 1] + law[3 * piece + 2] * lp);
    }
    s->k[row][s->count] = s->shot[13] * (temperature - s->shot[14]) / s->shot[17];
}

static void stages(Shot *s, int first, int past, double t, double h, const double *y0, double *y) {
    for (int i = first; i < past; i++) {
        for (int j = 0; j < s->n; j += 4) {
            double total[4] = {0};
            for (int m = 0; m < i; m++)
                for (int b = 0; b < 4; b++) total[b] += WEIGHTS[i][m] * s->k[m][j + b];
            for (int b = 0; b < 4; b++) y[j + b] = y0[j + b] + h * total[b];
        }
        rates(s, i, t + TIMES[i] * h, y);
    }
}

static double try_step(Shot *s, double t, double h, const double *y0, double *y, double tol) {
    double sum5 = 0, sum3 = 0;
    stages(s, 1, 13, t, h, y0, y);
    for (int j = 0; j < s->n; j++) {
        double e5 = 0, e3 = 0;
        for (int m = 0; m < 12; m++) { e5 += ERRORS[0][m] * s->k[m][j]; e3 += ERRORS[1][m] * s->k[m][j]; }
        double allowed = tol * (0.01 + fmax(fabs(y0[j]), fabs(y[j])));
        sum5 += e5 / allowed * (e5 / allowed); sum3 += e3 / allowed * (e3 / allowed);
    }
    return sum5 == 0 && sum3 == 0 ? 0.0 : h * sum5 / sqrt((sum5 + 0.01 * sum3) * s->n);
}

static void spread(Shot *s, double t, double h, const double *y0, const double *y) {
    double spare[MAXN];
    stages(s, 13, 16, t, h, y0, spare);
    for (int j = 0; j < s->n; j++) {
        double rise = y[j] - y0[j];
        s->f[0][j] = rise;
        s->f[1][j] = h * s->k[0][j] - rise;
        s->f[2][j] = 2 * rise - h * (s->k[12][j] + s->k[0][j]);
        for (int i = 0; i < 4; i++) {
            double total = 0;
            for (int m = 0; m < 16; m++) total += DENSE[i][m] * s->k[m][j];
            s->f[3 + i][j] = h * total;
        }
    }
}

static inline double between(const Shot *s, double x, double y0, int j) {
    double u = 1 - x, inner = s->f[3][j] + x * (s->f[4][j] + u * (s->f[5][j] + x * s->f[6][j]));
    return y0 + x * (s->f[0][j] + u * (s->f[1][j] + x * (s->f[2][j] + u * inner)));
}

static double first_step(Shot *s, double t, double longest, const double *y, double tol) {
    double size = 0, slope = 0, bend = 0, spare[MAXN];
    for (int j = 0; j < s->n; j++) {
        double allowed = tol * (0.01 + fabs(y[j]));
        size += pow(y[j] / allowed, 2); slope += pow(s->k[0][j] / allowed, 2);
    }
    size = sqrt(size / s->n); slope = sqrt(slope / s->n);
    double h0 = fmin(size < 1e-5 || slope < 1e-5 ? 1e-6 : 0.01 * size / slope, longest);
    for (int j = 0; j < s->n; j++) spare[j] = y[j] + h0 * s->k[0][j];
    rates(s, 1, t + h0, spare);
    for (int j = 0; j < s->n; j++) bend += pow((s->k[1][j] - s->k[0][j]) / (tol * (0.01 + fabs(y[j]))), 2);
    bend = sqrt(bend / s->n) / h0;
    double steep = fmax(slope, bend);
    double h1 = steep <= 1e-15 ? fmax(1e-6, h0 * 1e-3) : pow(0.01 / steep, 0.125);
    return fmin(fmin(100 * h0, h1), longest);
}

static double growth(double error, int rejected) {
    if (error == 0) return 10.0;
    if (!(error < 1e30)) return 0.2;
    return fmax(0.2, fmin(0.9 / sqrt(sqrt(sqrt(error))), rejected ? 1.0 : 10.0));
}

static void advance(Shot *s, int k, double now, double *y) {
    if (s->mode[k] == WAITING) { s->mode[k] = WHOLE; s->lit[k] = now; }
    else { s->mode[k] = BURNT; y[k] = 1.0; s->out[k] = now; }
}

static void settle(Shot *s, double now, double *y) {
    double temperature, p = gas(s, now, y, &temperature);
    for (int k = 0; k < s->count; k++) {
        if (s->mode[k] == WAITING && p >= s->charge[k * CHARGE_SIZE + 9]) advance(s, k, now, y);
        if (s->mode[k] == WHOLE && y[k] >= 1 - 1e-12) advance(s, k, now, y);
    }
}

static double beyond(Shot *s, double x, int k, double now, double h, const double *y) {
    double state[MAXN], temperature;
    if (s->mode[k] != WAITING) return between(s, x, y[k], k) - 1.0;
    for (int j = 0; j < s->n; j++) state[j] = between(s, x, y[j], j);
    return gas(s, now + x * h, state, &temperature) - s->charge[k * CHARGE_SIZE + 9];
}

static int first_event(Shot *s, double now, double h, const double *y, double *first) {
    int which = -1;
    *first = 1.0;
    for (int k = 0; k < s->count; k++) {
        if (s->mode[k] == BURNT) continue;
        double low = 0, high = *first, above = beyond(s, high, k, now, h, y), below;
        if (above < 0) continue;
        which = k;
        below = beyond(s, low, k, now, h, y);
        for (int i = 2; i < 100 && high - low > 4e-16 * high && above != 0; i++) {
            double x = 0.5 * (low + high);
            if (i % 3 && below < above) {
                x = low - below * (high - low) / (above - below);
                if (!(low < x && x < high)) x = 0.5 * (low + high);
            }
            double value = beyond(s, x, k, now, h, y);
            if (value >= 0) { high = x; above = value; below *= 0.5; }
            else { low = x; below = value; above *= 0.5; }
        }
        *first = high;
    }
    return which;
}

static void record_still(Shot *s, int m, const double *restrict times, double now, double h, const double *y,
                         double *restrict pressure) {
    const double *v = s->shot;
    double g = s->fired ? 1.0 : 0.0;
    double r = v[2] + v[6] * g, cv = v[3] + v[7] * g, e = v[4] + v[8] * g, room = v[0] - v[10] * g;
    for (int k = 0; k < s->count; k++) {
        const double *c = s->charge + k * CHARGE_SIZE;
        if (s->mode[k] == BURNT) { r += c[0]; cv += c[1]; e += c[2]; room -= c[5]; }
    }
    if (!(cv > 0)) { for (int i = 0; i < m; i++) pressure[i] = 0.0; return; }
    double rate = 1 / h, by_energy = r / (cv * room);
    for (int i = 0; i < m; i++) {
        double lost = between(s, (times[i] - now) * rate, y[s->count], s->count) * v[17];
        pressure[i] = (e - lost) * by_energy;
    }
}

static void record(Shot *s, int m, const double *restrict times, double now, double h, const double *y,
                   double *restrict pressure) {
    const double *v = s->shot;
    double x[CHUNK], g[CHUNK], r[CHUNK], cv[CHUNK], e[CHUNK], room[CHUNK];
    int released = s->fired && times[0] - v[11] >= 38.0 * v[12], still = released || !s->fired;
    for (int k = 0; k < s->count; k++) still = still && (s->mode[k] == WAITING || s->mode[k] == BURNT);
    if (still) { record_still(s, m, times, now, h, y, pressure); return; }
    double rate = 1 / h;
    for (int i = 0; i < m; i++) x[i] = (times[i] - now) * rate;
    if (s->fired && !released) for (int i = 0; i < m; i++) g[i] = share_at(s, times[i]);
    else for (int i = 0; i < m; i++) g[i] = s->fired ? 1.0 : 0.0;
    for (int i = 0; i < m; i++) {
        r[i] = v[2] + v[6] * g[i]; cv[i] = v[3] + v[7] * g[i];
        e[i] = v[4] + v[8] * g[i]; room[i] = v[0] - v[10] * g[i];
    }
    for (int k = 0; k < s->count; k++) {
        const double *c = s->charge + k * CHARGE_SIZE;
        if (s->mode[k] == WAITING) continue;
        if (s->mode[k] == BURNT) for (int i = 0; i < m; i++) g[i] = 1.0;
        else for (int i = 0; i < m; i++) {
            double z = between(s, x[i], y[k], k);
            z = z < 0 ? 0 : z; z = z > 1 ? 1 : z;
            g[i] = c[6] * z * (1 + z * (c[7] + z * c[8]));
        }
        for (int i = 0; i < m; i++) {
            r[i] += c[0] * g[i]; cv[i] += c[1] * g[i]; e[i] += c[2] * g[i]; room[i] -= c[5] * g[i];
        }
    }
    for (int i = 0; i < m; i++) {
        double lost = between(s, x[i], y[s->count], s->count) * v[17];
        pressure[i] = cv[i] > 0 ? (e[i] - lost) * (r[i] / (cv[i] * room[i])) : 0.0;
    }
}

static int first_from(double time, const double *times, int lo, int m) {
    int step = 1, hi = lo;
    while (hi < m && times[hi] < time) { lo = hi + 1; hi += step; step *= 2; }
    hi = hi < m ? hi : m;
    while (lo < hi) { int middle = (lo + hi) / 2; if (times[middle] < time) lo = middle + 1; else hi = middle; }
    return lo;
}

static void keep(Shot *s, int lo, int hi, const double *times, double now, double h, const double *y, double *pressure) {
    for (int a = lo; a < hi; a += CHUNK)
        record(s, hi - a < CHUNK ? hi - a : CHUNK, times + a, now, h, y, pressure + a);
}

int follow(int m, const double *times, const double *shot, int count, const double *charge,
           const double *law, double tol, double *pressure, double *lit, double *out) {
    Shot s = {.shot = shot, .charge = charge, .law = law, .count = count, .n = count + 1, .lit = lit, .out = out};
    double y[MAXN] = {0}, next[MAXN], now = 0, end = times[m - 1], start = shot[11], share;
    int lo = 0, tries = 0;
    while (end - now > 1e-13) {
        s.fired = now >= start;
        if (s.fired) settle(&s, now, y);
        double stop = s.fired || start > end - 1e-13 ? end : start, longest = stop - now;
        for (int k = 0; k < count; k++) if (s.fired && s.mode[k] == WAITING) longest = fmin(longest, 5e-5);
        rates(&s, 0, now, y);
        double h = first_step(&s, now, longest, y, tol);
        int which = -1, rejected = 0;
        while (which < 0 && now < stop && tries++ < 3000) {
            h = fmin(h, longest);
            int ends = now + h >= stop - 1e-13;
            if (ends) h = stop - now;
            double error = try_step(&s, now, h, y, next, tol);
            if (!(error <= 1)) { h *= fmin(growth(error, 1), 0.9); rejected = 1; continue; }
            spread(&s, now, h, y, next);
            double then = ends ? stop : now + h;
            if (s.fired && (which = first_event(&s, now, h, y, &share)) >= 0) {
                then = now + share * h;
                for (int j = 0; j < s.n; j++) next[j] = between(&s, share, y[j], j);
            }
            int hi = first_from(then, times, lo, m);
            keep(&s, lo, hi, times, now, h, y, pressure);
            lo = hi; now = then; h *= growth(error, rejected);
            memcpy(y, next, sizeof y); memcpy(s.k[0], s.k[12], sizeof s.k[0]); rejected = 0;
        }
        if (which >= 0) advance(&s, which, now, y);
        if (tries > 3000) break;
    }
    s.fired = end >= start;
    if (s.fired) settle(&s, end, y);
    memset(s.f, 0, sizeof s.f);
    keep(&s, lo, m, times, end, 1.0, y, pressure);
    for (int i = 0; i < m; i++) pressure[i] *= 1e-6;
    return tries;
}

/* Many equal shots in one call: the times are then of the method alone. */
void follow_many(int shots, int m, const double *times, const double *shot, int count, const double *charge,
                 const double *law, double tol, double *pressure, double *lit, double *out) {
    for (int i = 0; i < shots; i++) follow(m, times, shot, count, charge, law, tol, pressure + i * m, lit, out);
}
