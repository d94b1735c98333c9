package dev.posthorn.webhook.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks names up within a time limit. The system's resolver can neither be given one nor be interrupted, so that each
 * look-up runs on a thread of this class's own, which is left behind when the time is up. Those who ask for a name that
 * is being looked up wait together, so that a name server that does not answer holds up one thread for each name. Safe
 * for use by several threads.
 */
final class Lookup {
    private static final int MOST_THREADS = 16;
    private static final int IDLE_SECONDS = 10;

    private final Names names;
    private final ThreadPoolExecutor threads;
    private final Map<String, FutureTask<InetAddress[]>> running = new ConcurrentHashMap<>();

    /** Knows the addresses of hosts. */
    interface Names {
        /** At least one address; may block for as long as it likes. */
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    Lookup(Names names) {
        this(names, MOST_THREADS);
    }

    Lookup(Names names, int mostThreads) {
        this.names = names;
        // There is at most one task for each name that somebody wanted to call: the queue needs no bound.
        threads = new ThreadPoolExecutor(
                mostThreads,
                mostThreads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                daemons("posthorn-lookup"));
        threads.allowCoreThreadTimeOut(true);
    }

    /** The addresses of a host, waiting at most so long for a free thread and an answer together. */
    InetAddress[] find(String host, long nanos) throws InterruptedException, TimeoutException, UnknownHostException {
        try {
            return running.computeIfAbsent(host, this::start).get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            var unknown = new UnknownHostException(host);
            unknown.initCause(e.getCause());
            throw unknown;
        }
    }

    /** How many names are being looked up, or wait for a thread. */
    int pending() {
        return running.size();
    }

    private FutureTask<InetAddress[]> start(String host) {
        var task = new FutureTask<>(() -> {
            try {
                return names.addressesOf(host);
            } finally {
                running.remove(host);
            }
        });
        threads.execute(task);
        return task;
    }

    /** Lets the threads end. */
    void close() {
        threads.shutdown();
    }

    /** Makes daemon threads, which do not keep a host from ending. */
    static ThreadFactory daemons(String name) {
        return task -> {
            var thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
