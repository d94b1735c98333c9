package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** What of this process can be left behind: threads, and where the system shows them, descriptors. */
record Traces(Set<Thread> threads, long descriptors) {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** Those of this moment. */
    static Traces now() {
        return new Traces(
                Thread.getAllStackTraces().keySet().stream()
                        // The JVM's own, which end by themselves, or serve all virtual threads.
                        .filter(thread -> !thread.getName().startsWith("ForkJoinPool.commonPool"))
                        .filter(thread -> !thread.getName().endsWith("-delayScheduler"))
                        .filter(thread -> !thread.getName().equals("process reaper"))
                        .collect(Collectors.toSet()),
                openDescriptors());
    }

    /** Waits until nothing is there that was not there before. */
    static void awaitNothingSince(Traces before) {
        long deadline = System.nanoTime() + RecordingReceiver.PATIENCE.toNanos();
        while (!now().isWithin(before) && System.nanoTime() - deadline < 0) {
            // Clients without a close of their own end when they are collected.
            System.gc();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        var now = now();
        assertThat(now.since(before)).as("threads left behind").isEmpty();
        assertThat(now.descriptors).as("descriptors").isLessThanOrEqualTo(before.descriptors);
    }

    private boolean isWithin(Traces before) {
        return since(before).isEmpty() && descriptors <= before.descriptors;
    }

    private Set<Thread> since(Traces before) {
        var fresh = new HashSet<>(threads);
        fresh.removeAll(before.threads);
        return fresh;
    }

    /** Of sockets, pipes and the like. Files are opened and kept as classes are loaded. */
    private static long openDescriptors() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (var all = Files.list(DESCRIPTORS)) {
            return all.filter(Traces::isNoFile).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isNoFile(Path descriptor) {
        try {
            return !Files.readSymbolicLink(descriptor).isAbsolute();
        } catch (IOException e) {
            // Closed meanwhile, as the one that lists them is.
            return false;
        }
    }
}
