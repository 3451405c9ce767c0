    | BENCH update_va_mapping, INVLPG: toggle RW  358
    | BENCH update_va_mapping, INVLPG: change frame  364
    | BENCH mmu_update, one entry  293
    | BENCH mmu_update, batch of 128  27163
1 passed, 0 failed, 0 skipped
