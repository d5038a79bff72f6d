#include "statistics.h"

#include <assert.h>
#include <math.h>

static const double pi = 3.14159265358979323846;

enum { FREEDOM_MAX = 100000 }; /* beyond it Student's distribution is the normal one to six digits */

/* P(|T| <= sqrt(freedom) tan(angle)) for the angle in [0, pi/2]: a finite sum, Abramowitz and Stegun 26.7.3 and 26.7.4. */
static double probability_within(double angle, int freedom)
{
    const double sine = sin(angle), cosine = cos(angle), square = cosine * cosine;
    const int odd = freedom % 2;
    double term = odd ? cosine : 1, sum = 0;
    for (int k = odd ? 3 : 2; k <= freedom; k += 2) {
        sum += term;
        term *= square * (k - 1) / k;
    }
    return odd ? 2 / pi * (angle + sine * sum) : sine * sum;
}

double student_quantile(double probability, int freedom)
{
    enum { HALVINGS = 60 };
    if (!(probability > 0 && probability < 1) || freedom < 1)
        return NAN;
    if (freedom > FREEDOM_MAX)
        freedom = FREEDOM_MAX;
    double low = 0, high = pi / 2;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(probability_within(middle, freedom) < probability ? &low : &high) = middle;
    }
    return sqrt(freedom) * tan((low + high) / 2);
}

struct sample sample_of(const double *values, int count)
{
    struct sample sample = {count, NAN, NAN, {NAN, NAN}};
    double sum = 0, squares = 0;
    assert(count >= 0);
    if (count == 0)
        return sample;
    for (int i = 0; i < count; i++)
        sum += values[i];
    sample.mean = sum / count;
    if (count < 2 || isnan(sample.mean))
        return sample;
    for (int i = 0; i < count; i++)
        squares += (values[i] - sample.mean) * (values[i] - sample.mean);
    sample.deviation = sqrt(squares / (count - 1));
    double reach = student_quantile(0.95, count - 1) * sample.deviation / sqrt(count);
    sample.interval = (struct interval){sample.mean - reach, sample.mean + reach};
    return sample;
}

struct sample sample_of_ratios(double *ratios, int count)
{
    for (int i = 0; i < count; i++)
        ratios[i] = ratios[i] > 0 ? log(ratios[i]) : NAN;
    struct sample sample = sample_of(ratios, count);
    sample.mean = exp(sample.mean);
    sample.interval = (struct interval){exp(sample.interval.low), exp(sample.interval.high)};
    return sample;
}
