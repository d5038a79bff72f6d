/* A shared library that is no plugin of ours. */
int stranger_here(void);

int stranger_here(void)
{
    return 1;
}
