/* A library of the name of CUDA's driver, whose presence alone the program asks for before it loads the plugin. */
int emulated_driver(void);

int emulated_driver(void)
{
    return 1;
}
