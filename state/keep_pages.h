// SPDX-License-Identifier: Apache-2.0
// Keeps what a thread writes in the page cache. RocksDB's writer of files asks the kernel to drop the pages it wrote (posix_fadvise, DONTNEED), so that the first
// reads of a fresh file go to the disk, and the C API has no switch. Our program answers the call in libc's place, and between begin and end it lets
// those requests of this thread pass by. They are advice: nothing depends on them but speed.
#pragma once

void keep_pages_begin(void);
void keep_pages_end(void);
