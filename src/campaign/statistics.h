/* Means of a few numbers and how far they can be trusted. */
#ifndef MATINEE_CAMPAIGN_STATISTICS_H
#define MATINEE_CAMPAIGN_STATISTICS_H

struct interval {
    double low, high;
};

/* Of `count` numbers x: the mean m; the deviation s, with s^2 = sum (x-m)^2 / (count-1); and the 95 % interval of the
 * mean, m -+ t s / sqrt(count), with Student's t of count-1 degrees of freedom. Deviation and interval of fewer than
 * two numbers, and everything of none, are NaN; so is everything as soon as one of the numbers is. */
struct sample {
    int count;
    double mean, deviation;
    struct interval interval;
};

struct sample sample_of(const double *values, int count);

/* The same of ratios, all above 0: sample_of their logarithms, which take their place, and e to the power of its mean
 * and its interval. The deviation is of the logarithms. A ratio that is not above 0 makes everything NaN. */
struct sample sample_of_ratios(double *ratios, int count);

/* The t for which a variable of Student's distribution is in [-t,t] with this probability: student_quantile(0.95, 4) is
 * 2.776. Probability in (0,1), freedom at least 1; NaN for others. */
double student_quantile(double probability, int freedom);

#endif
