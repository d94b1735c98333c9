package dev.posthorn.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processor times of other processes, as Linux tells them; 0 where it does not, or where there is no such process. */
final class ProcessTimes {
    /** What {@code /proc/…/stat} counts in, on every Linux there is. */
    private static final long NANOS_PER_TICK = 10_000_000;

    private ProcessTimes() {}

    /** To the nanosecond, where the kernel keeps that. */
    static long ofProcess(long pid) {
        try {
            var fields =
                    Files.readString(Path.of("/proc/" + pid + "/schedstat")).split(" ", -1);
            return Long.parseLong(fields[0]);
        } catch (IOException none) {
            return ticks(pid, 0, 1);
        }
    }

    /** Of a process, its children that have ended, and theirs that are still running. */
    static long ofFamily(long pid) {
        long ended = ticks(pid, 0, 1, 2, 3);
        return ended
                + ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::children)
                        .mapToLong(child -> ofProcess(child.pid()))
                        .sum();
    }

    /** The sum of some of utime, stime, cutime and cstime: see proc_pid_stat(5). */
    private static long ticks(long pid, int... fields) {
        try {
            var line = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The second field is a name in brackets, with whatever in it.
            var rest = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            long sum = 0;
            for (int field : fields) {
                sum += Long.parseLong(rest[11 + field]);
            }
            return sum * NANOS_PER_TICK;
        } catch (IOException none) {
            return 0;
        }
    }
}
