/* Trains a small network on the built-in sample, keeps it in a file, and asks it about two texts.
 *
 *     cc train_and_predict.c -o train_and_predict $(pkg-config --cflags --libs matinee)
 */
#include <matinee.h>
#include <stdio.h>

/* What stands here can be changed with the words of `matinee train --help`. */
static const char *const settings[][2] = {
    {"data", "sample"}, {"epochs", "2"}, {"learning-rate", "0.005"}, {"units", "16"}, {"maxlen", "80"}};

static bool print_epoch(void *context, const struct matinee_progress *progress)
{
    (void)context;
    if (progress->epoch_ended)
        printf("epoch %d of %d: accuracy %.4f, of the test reviews %.4f\n", progress->epoch, progress->epochs,
               progress->accuracy, progress->validation_accuracy);
    return true; /* go on */
}

static bool choose(struct matinee_options *options, struct matinee_error *error)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (!matinee_options_set(options, settings[i][0], settings[i][1], error))
            return false;
    return true;
}

static bool predict(struct matinee_model *model, struct matinee_error *error)
{
    static const char *const texts[] = {"A wonderful film with a great cast, I loved it",
                                        "A dull and boring plot, the worst film of the year"};
    float probabilities[2];
    if (!matinee_model_predict(model, texts, 2, probabilities, error))
        return false;
    for (int i = 0; i < 2; i++)
        printf("%.4f  %s\n", (double)probabilities[i], texts[i]);
    return true;
}

int main(void)
{
    struct matinee_options *options = NULL;
    struct matinee_model *model = NULL;
    struct matinee_error error;
    bool done = matinee_options_new(&options, &error) && choose(options, &error) &&
                matinee_train(&model, options, print_epoch, NULL, &error) &&
                matinee_model_save(model, "sample.keras", &error) && predict(model, &error);
    if (!done)
        fprintf(stderr, "%s\n", error.message);
    matinee_model_free(model);
    matinee_options_free(options);
    return done ? 0 : 1;
}
