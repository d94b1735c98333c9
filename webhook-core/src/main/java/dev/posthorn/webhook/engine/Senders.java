package dev.posthorn.webhook.engine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads that attempts run on: virtual where the JDK has them (21 and later), else a pool that grows as needed. */
public final class Senders {
    private static final @Nullable Method VIRTUAL = virtualThreads();

    private Senders() {}

    /** Whether the JDK has virtual threads. */
    public static boolean areVirtual() {
        return VIRTUAL != null;
    }

    /** The dispatcher bounds how many are used at once. */
    static ExecutorService create() {
        if (VIRTUAL != null) {
            try {
                return (ExecutorService) VIRTUAL.invoke(null);
            } catch (IllegalAccessException | InvocationTargetException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        var number = new AtomicInteger();
        return Executors.newCachedThreadPool(work -> {
            var thread = new Thread(work, "posthorn-sender-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private static @Nullable Method virtualThreads() {
        try {
            return Runtime.version().feature() < 21
                    ? null
                    : Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
        } catch (NoSuchMethodException olderJdk) {
            return null;
        }
    }
}
