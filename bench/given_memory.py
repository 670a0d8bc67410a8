# SPDX-License-Identifier: Apache-2.0
"""Memory that this machine has when the timed part begins.

The host of a virtual machine takes back what the guest does not use, and gives it again at the first touch: at 0.4 GB/s where memory that is there already takes
15. A process that grows by 1 GB would pay seconds of CPU for that, one time more and one time less, whatever it does. So memory is asked for beforehand and
given back to the guest's kernel in steps while the process grows, for each contestant alike.
"""
import mmap
import threading

STEP_BYTES = 256 << 20
STEPS = 12
STEP_SECONDS = 0.7
MADV_POPULATE_WRITE = 23


class GivenMemory:
    def __enter__(self):
        self.steps, self.over = [], threading.Event()
        for _ in range(STEPS):
            step = mmap.mmap(-1, STEP_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            step.madvise(mmap.MADV_HUGEPAGE)
            step.madvise(MADV_POPULATE_WRITE)
            self.steps.append(step)
        self.thread = threading.Thread(target=self.give, daemon=True)
        self.thread.start()
        return self

    def give(self):
        while self.steps:
            self.steps.pop().close()
            self.over.wait(STEP_SECONDS)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
