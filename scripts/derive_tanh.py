#!/usr/bin/env python3
"""Derives the rational approximation behind the gates of src/cpu/cells.h and proves its error on every float32.

    scripts/derive_tanh.py > src/cpu/tanh_coefficients.h     derive, check, write the header (about 3 minutes)
    scripts/derive_tanh.py --check                           test the header that is there (about 1 minute)

Needs mpmath (Debian: python3-mpmath) to derive, and a C compiler on a processor with fused multiply-add.

With t(u) = tanh(u/2) ~ a/b the kernels compute 2ab/(a^2+b^2). An error e relative to t becomes e/cosh(u)
relative to tanh(u), so a Remez exchange finds the a/b whose error has equal peaks under the weight 1/cosh(u).
What remains are roundings. A common factor of a and b changes nothing but where they fall: the search tries many
factors, then single steps of coefficients, on a sample of the floats, with the code of derive_tanh.h.
"""
import argparse
import ctypes
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src" / "cpu"
LIMIT = 9.0  # tanh(9) is 1 - 2^-25.0: half a step below 1
NUMERATOR, DENOMINATOR = 3, 4
FACTORS, FINALISTS, STEPS = 40000, 12, 1000
MOVES = (-20, -8, -3, -2, -1, 1, 2, 3, 8, 20)

C_SOURCE = r"""
#include "derive_tanh.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct errors {
    double tanh_ulp, tanh_relative, sigmoid;
    long long beyond, drops;
    double greatest_drop_ulp;
};

static float from_bits(uint32_t bits) { float x; memcpy(&x, &bits, 4); return x; }
static uint32_t to_bits(float x) { uint32_t bits; memcpy(&bits, &x, 4); return bits; }
static double ulp(double t) { int e; frexp(t, &e); return ldexp(1.0, (e < -125 ? -125 : e) - 24); }

#ifdef SEARCH
/* Reference as a sum of two floats, so that the loop below is all in float. */
static float *x_, *high_, *low_, *per_ulp_;
static int count_;

void set(const float *c)
{
    tanh_limit = c[0];
    memcpy(tanh_numerator, c + 1, sizeof tanh_numerator);
    memcpy(tanh_denominator, c + 4, sizeof tanh_denominator);
}

void sample(uint32_t first, uint32_t last, uint32_t stride)
{
    size_t bytes = ((last - first) / stride + 1) * sizeof(float);
    free(x_), free(high_), free(low_), free(per_ulp_);
    count_ = 0;
    x_ = malloc(bytes), high_ = malloc(bytes), low_ = malloc(bytes), per_ulp_ = malloc(bytes);
    for (uint32_t bits = first; bits <= last; bits += stride, count_++) {
        double t = tanh((double)(x_[count_] = from_bits(bits)));
        high_[count_] = (float)t;
        low_[count_] = (float)(t - high_[count_]);
        per_ulp_[count_] = (float)(1.0 / ulp(t));
    }
}

void score(float *tanh_ulp, float *sigmoid, int *beyond)
{
    float worst = 0, worst_sigmoid = 0;
    int over = 0;
    for (int i = 0; i < count_; i++) {
        float t = tanh_float(x_[i]), s = 0.5f + 0.5f * t;
        float e = fabsf(t - high_[i] - low_[i]) * per_ulp_[i];
        float es = fabsf(s - 0.5f - 0.5f * high_[i] - 0.5f * low_[i]);
        worst = e > worst ? e : worst;
        worst_sigmoid = es > worst_sigmoid ? es : worst_sigmoid;
        over += t > 1.0f;
    }
    *tanh_ulp = worst, *sigmoid = worst_sigmoid, *beyond = over;
}
#else
/* Floats from 0 up to infinity; each with its negative. Returns 0, or the line of the rule that is broken. */
int check(struct errors *e)
{
    float before = 0, at_limit = tanh_float(tanh_limit);
    for (uint32_t bits = 0; bits <= 0x7f800000u; bits++) {
        float x = from_bits(bits), r = tanh_float(x);
        float s = sigmoid_float(2 * x), s_minus = sigmoid_float(-2 * x);
        if (to_bits(tanh_float(-x)) != (to_bits(r) ^ 0x80000000u))
            return __LINE__;
        if (!(s >= 0 && s <= 1 && s_minus >= 0 && s_minus <= 1))
            return __LINE__;
        if (x > tanh_limit && r != at_limit)
            return __LINE__;
        double t = x < 20 ? tanh((double)x) : 1.0, d = fabs(r - t);
        if (bits && d / ulp(t) > e->tanh_ulp)
            e->tanh_ulp = d / ulp(t);
        if (bits >= 0x00800000u && d / t > e->tanh_relative)
            e->tanh_relative = d / t;
        e->sigmoid = fmax(e->sigmoid, fmax(fabs(s - 0.5 - 0.5 * t), fabs(s_minus - 0.5 + 0.5 * t)));
        e->beyond += r > 1.0f;
        if (r < before) {
            e->drops++;
            e->greatest_drop_ulp = fmax(e->greatest_drop_ulp, (before - r) / ulp(t));
        }
        before = r;
    }
    for (uint32_t bits = 0x7f800001u; bits <= 0x7fffffffu; bits++) {
        float nan = from_bits(bits);
        if (!isnan(tanh_float(nan)) || !isnan(tanh_float(-nan)))
            return __LINE__;
        if (!isnan(sigmoid_float(nan)) || !isnan(sigmoid_float(-nan)))
            return __LINE__;
    }
    return 0;
}
#endif
"""


class Errors(ctypes.Structure):
    _fields_ = [("tanh_ulp", ctypes.c_double), ("tanh_relative", ctypes.c_double),
                ("sigmoid", ctypes.c_double), ("beyond", ctypes.c_longlong), ("drops", ctypes.c_longlong),
                ("greatest_drop_ulp", ctypes.c_double)]


def compile_with(header, folder, *flags):
    """activation.h over the given coefficients, as a shared library."""
    (folder / "derive_tanh.h").write_text(pathlib.Path(__file__).with_suffix(".h").read_text())
    (folder / "tanh_coefficients.h").write_text(header)
    (folder / "derive.c").write_text(C_SOURCE)
    library = folder / f"derive{len(flags)}.so"
    subprocess.run(["cc", "-O3", "-march=native", "-std=c11", "-ffp-contract=off", "-fno-math-errno", *flags,
                    "-shared", "-fPIC", "-o", library, folder / "derive.c", "-lm"], check=True)
    return ctypes.CDLL(str(library))


def remez(numerator_terms, denominator_terms, limit):
    """Coefficients of a and b (p0 = 1, q0 = 2) in y = u*u, and the peak of the weighted relative error."""
    import mpmath as mp

    mp.mp.dps = 40
    half = mp.mpf(limit) / 2
    m, n = numerator_terms - 1, denominator_terms - 1
    unknowns = m + n + 1

    def target(v):  # tanh(v)/v
        return mp.tanh(v) / v

    def weight(v):
        return 1 / mp.cosh(2 * v)

    points = [half * (1 - mp.cos(mp.pi * (i + 1) / unknowns)) / 2 for i in range(unknowns)]
    grid = [half * (1 - mp.cos(mp.pi * i / 800)) / 2 for i in range(1, 801)]
    values = [target(v) for v in grid]
    p, q = [mp.mpf(1)], [mp.mpf(1)]
    for _ in range(30):
        level = mp.mpf(0)
        for _ in range(30):  # the level enters as level*q: solve for its change until there is none
            matrix, right = mp.matrix(unknowns, unknowns), mp.matrix(unknowns, 1)
            for i, v in enumerate(points):
                y, sign = v * v, (-1) ** i
                goal = target(v) * (1 + sign * level / weight(v))
                for j in range(1, m + 1):
                    matrix[i, j - 1] = y**j
                for j in range(1, n + 1):
                    matrix[i, m + j - 1] = -goal * y**j
                matrix[i, unknowns - 1] = -sign * target(v) / weight(v) * mp.polyval(q[::-1], y)
                right[i] = goal - 1
            solution = mp.lu_solve(matrix, right)
            p = [mp.mpf(1)] + [solution[j] for j in range(m)]
            q = [mp.mpf(1)] + [solution[m + j] for j in range(n)]
            level += solution[unknowns - 1]
            if abs(solution[unknowns - 1]) < abs(level) * mp.mpf(10) ** -12:
                break
        peaks = []  # the greatest error of each run of one sign
        for v, value in zip(grid, values):
            error = (mp.polyval(p[::-1], v * v) / mp.polyval(q[::-1], v * v) / value - 1) * weight(v)
            if peaks and (error > 0) == (peaks[-1][1] > 0):
                peaks[-1] = max(peaks[-1], (v, error), key=lambda peak: abs(peak[1]))
            else:
                peaks.append((v, error))
        while len(peaks) > unknowns:
            peaks.pop(0 if abs(peaks[0][1]) < abs(peaks[-1][1]) else -1)
        if len(peaks) < unknowns:
            raise ArithmeticError("the exchange lost an extremum: change the degrees or the interval")
        points = [v for v, _ in peaks]
        greatest = max(abs(error) for _, error in peaks)
        if greatest < abs(level) * mp.mpf("1.001"):
            break
    # from v = u/2 to u
    numerator = [float(c) / 4**i for i, c in enumerate(p)]
    denominator = [2 * float(c) / 4**i for i, c in enumerate(q)]
    return numerator, denominator, float(greatest)


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def neighbour(value, steps):
    return struct.unpack("f", struct.pack("i", struct.unpack("i", struct.pack("f", value))[0] + steps))[0]


def search(library, ideal):
    """Float32 coefficients with the least of max(tanh error / 3 ulp, sigmoid error / 1.2e-7) on samples."""
    def score(coefficients):
        tanh_ulp, sigmoid, beyond = ctypes.c_float(), ctypes.c_float(), ctypes.c_int()
        library.set((ctypes.c_float * 8)(*coefficients))
        library.score(ctypes.byref(tanh_ulp), ctypes.byref(sigmoid), ctypes.byref(beyond))
        return max(tanh_ulp.value / 3, sigmoid.value / 1.2e-7) + beyond.value

    bits = struct.unpack("I", struct.pack("f", LIMIT))[0]
    library.sample(0x3B000000, bits, 149)
    generator = random.Random(7)
    found = []
    for _ in range(FACTORS):
        factor = generator.uniform(1.0, 2.0)
        coefficients = [LIMIT] + [float32(factor * c) for c in ideal]
        found.append((score(coefficients), coefficients))
    found.sort()
    library.sample(0x3B000000, bits, 17)
    results = []
    for _, coefficients in found[:FINALISTS]:
        best = score(coefficients)
        for _ in range(STEPS):
            trial = coefficients[:]
            for place in generator.sample(range(1, 8), generator.choice((1, 1, 2, 3))):
                trial[place] = neighbour(trial[place], generator.choice(MOVES))
            value = score(trial)
            if value <= best:
                best, coefficients = value, trial
        results.append((best, coefficients))
        print(f"finalist: {best:.4f}", file=sys.stderr)
    return min(results)[1]


def header(coefficients, comment):
    def array(name, values):
        return f"static const float {name}[{len(values)}] = {{{', '.join(literal(v) for v in values)}}};\n"

    def literal(value):
        digits = value.hex().replace("0x1.", "").split("p")
        return f"0x1.{digits[0].rstrip('0') or '0'}p{int(digits[1])}f"

    limit, p, q = coefficients[0], coefficients[1:4], coefficients[4:]
    return (f"{comment}#ifndef CPU_TANH_COEFFICIENTS_H\n#define CPU_TANH_COEFFICIENTS_H\n\n"
            f"static const float tanh_limit = {literal(limit)};\n"
            + array("tanh_numerator", p) + array("tanh_denominator", q)
            + "\n/* The same for x = 2u: exact powers of two. */\n"
            + f"static const float sigmoid_limit = {literal(2 * limit)};\n"
            + array("sigmoid_numerator", [c / 2 / 4**i for i, c in enumerate(p)])
            + array("sigmoid_denominator", [c / 4**i for i, c in enumerate(q)])
            + "\n#endif\n")


def check(text, folder):
    errors = Errors()
    broken = compile_with(text, folder).check(ctypes.byref(errors))
    if broken:
        sys.exit(f"derive_tanh.py: a rule is broken: line {broken} of derive.c (see C_SOURCE)")
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only test the present header")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if options.check:
            text = (SOURCE / "tanh_coefficients.h").read_text()
        else:
            p, q, ideal_error = remez(NUMERATOR, DENOMINATOR, LIMIT)
            print("a/b:", p, q, f"error {ideal_error:.3g}", file=sys.stderr)
            mutable = ("static float tanh_limit, tanh_numerator[3], tanh_denominator[4];\n"
                       "static float sigmoid_limit, sigmoid_numerator[3], sigmoid_denominator[4];\n")
            library = compile_with(mutable, folder, "-DSEARCH", "-ffinite-math-only", "-fno-signed-zeros",
                                   "-fno-trapping-math")
            coefficients = search(library, p + q)
            text = header(coefficients, "")
        e = check(text, folder)
        print(f"tanh: {e.tanh_ulp:.3f} ulp, {e.tanh_relative:.3g} relative; "
              f"sigmoid: {e.sigmoid:.4g} absolute; {e.beyond} beyond 1; "
              f"{e.drops} drops, the greatest {e.greatest_drop_ulp} ulp", file=sys.stderr)
        if not options.check:
            print(header(coefficients, f"""\
/* Coefficients of half_tanh in cells.h. Written by scripts/derive_tanh.py, which tested every float32:
 *
 *     tanh      {e.tanh_ulp:.3f} ulp, {e.tanh_relative:.3g} relative for normal numbers
 *     sigmoid   {e.sigmoid:.3g} absolute
 *
 * a/b is the minimax approximation of tanh(u/2) on [-{LIMIT:g}, {LIMIT:g}] under the weight 1/cosh(u): before
 * rounding tanh(u) is within {ideal_error:.2g} relative. It is monotone up to {e.greatest_drop_ulp:g} ulp. */
"""), end="")


if __name__ == "__main__":
    main()
