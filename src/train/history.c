#include "matinee/output_file.h"
#include "matinee/trainer.h"

static void write_record(FILE *stream, const struct epoch_record *record, bool validated)
{
    fprintf(stream, "%d,%.9g,%.9g", record->epoch, record->train.accuracy, record->train.loss);
    if (validated)
        fprintf(stream, ",%.9g,%.9g", record->validation.accuracy, record->validation.loss);
    fprintf(stream, ",%.3f", record->seconds);
    if (validated)
        fprintf(stream, ",%.3f", record->validation_seconds);
    fputc('\n', stream);
}

bool history_write(const char *path, const struct epoch_record *records, int count, struct error *error)
{
    struct output_file file;
    if (!output_file_open(&file, path, error))
        return false;
    bool validated = count > 0 && records[0].validated;
    fprintf(file.stream, "epoch,accuracy,loss%s,seconds%s\n", validated ? ",val_accuracy,val_loss" : "",
            validated ? ",validation_seconds" : "");
    for (int i = 0; i < count; i++)
        write_record(file.stream, &records[i], validated);
    return output_file_commit(&file, error);
}
