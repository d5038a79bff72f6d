# The tests of the CUDA backend once more on a real device, over the plugin that the program opens. They are built
# wherever there is a CUDA toolkit, run where there is a device (scripts/gpu_check.sh), and are skipped elsewhere.
set(device_links matinee_op_cases matinee_testing matinee_reference matinee_backend matinee_base)

function(matinee_device_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  matinee_test(test_device_${name} SOURCES ${arg_SOURCES} device.c LINKS ${arg_LINKS} ${device_links})
  add_dependencies(test_device_${name} matinee_cuda)
  set_tests_properties(test_device_${name} PROPERTIES LABELS gpu)
  set_property(GLOBAL APPEND PROPERTY MATINEE_GPU_PROGRAMS test_device_${name})
endfunction()

foreach(name memory embedding dropout max_pool global_pool conv_pool lstm lstm_engine lstm_fused head adam parts)
  matinee_device_test(${name} SOURCES test_${name}.c)
endforeach()
matinee_device_test(cudnn_dropout SOURCES test_cudnn_dropout.c)
matinee_device_test(lstm_cudnn SOURCES test_lstm_cudnn.c lstm_stack_case.c)
matinee_device_test(lstm_forms SOURCES test_device_lstm_forms.c device_engines.c lstm_stack_case.c)

# NCCL where there is one GPU: the sum of one rank, recorded and replayed.
if(NCCL_FOUND)
  matinee_device_test(nccl SOURCES test_nccl_alone.c sum_case.c)
endif()

# Whole networks in the tutorials' sizes, against the CPU backend.
set(network_links matinee_small_runs matinee_train matinee_model matinee_data matinee_backend matinee_cpu m)
matinee_device_test(large SOURCES test_device_large.c device_engines.c LINKS ${network_links})
matinee_device_test(presets SOURCES test_device_presets.c device_engines.c LINKS ${network_links})

# What scripts/gpu_check.sh runs: `cmake --build DIRECTORY --target gpu_programs`; its rehearsal is a test.
get_property(gpu_programs GLOBAL PROPERTY MATINEE_GPU_PROGRAMS)
add_custom_target(gpu_programs ALL DEPENDS matinee matinee_cuda matinee_rehearsal bench_step bench_gpu ${gpu_programs})
if(NCCL_FOUND)
  add_dependencies(gpu_programs rehearsal_nccl)
endif()
