package dev.posthorn.webhook.tck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * An HTTP server on a port of 127.0.0.1 that records every request and answers as told: 200 unless told otherwise. Each
 * connection has a thread of its own, so that one answer held back holds up nothing else. Safe for use by several
 * threads.
 *
 * <p>What answers a request: the next answer of its path's {@linkplain #on(String) script}; else that script's default, if
 * one was set; else the same of the script {@linkplain #onAnyPath() for any path}.
 */
public final class RecordingReceiver implements AutoCloseable {
    /** How long the waiting methods wait where not told: 10 seconds of real time. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int BACKLOG = 1024;

    private final ServerSocket server;
    private final Thread acceptor;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AnswerScript anyPath = new AnswerScript();

    // Everything below is guarded by this monitor, which is notified of every change.
    private final Object monitor = new Object();
    private final List<ReceivedRequest> requests = new ArrayList<>();
    private final Map<String, AnswerScript> paths = new HashMap<>();
    private final Map<Socket, Thread> open = new HashMap<>();
    private int connections;

    private RecordingReceiver(ServerSocket server) {
        this.server = server;
        this.acceptor = daemon("receiver-" + port(), this::accept);
    }

    /** Starts a receiver on a free port. */
    public static RecordingReceiver start() {
        return start(0);
    }

    /**
     * Starts a receiver on this port, such as one that an earlier receiver had.
     *
     * @param port 0 for any that is free
     * @throws UncheckedIOException if the port is taken
     */
    public static RecordingReceiver start(int port) {
        try {
            var server = new ServerSocket();
            // Connections of an earlier receiver may still be in TIME_WAIT.
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), BACKLOG);
            var receiver = new RecordingReceiver(server);
            receiver.acceptor.start();
            return receiver;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return server.getLocalPort();
    }

    /** Its address with this path, such as {@code http://127.0.0.1:8080/hooks}. The path begins with a slash. */
    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** What answers requests to this path. Query included, it must be exactly what is sent. */
    public AnswerScript on(String path) {
        synchronized (monitor) {
            return paths.computeIfAbsent(path, any -> new AnswerScript());
        }
    }

    /** What answers requests where the path's own script says nothing. */
    public AnswerScript onAnyPath() {
        return anyPath;
    }

    /** Every request so far, in the order of arrival. */
    public List<ReceivedRequest> requests() {
        synchronized (monitor) {
            return List.copyOf(requests);
        }
    }

    /** Every request to this path so far, in the order of arrival. */
    public List<ReceivedRequest> requests(String path) {
        return requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    /** How many connections are open now, as far as this side knows: it notices an end while it reads or writes. */
    public int openConnections() {
        synchronized (monitor) {
            return open.size();
        }
    }

    /**
     * Waits until at least so many requests have arrived.
     *
     * @return every request so far
     * @throws AssertionError if they do not within {@link #PATIENCE}
     */
    public List<ReceivedRequest> await(int count) {
        return await(all -> all.size() >= count, count + " requests", PATIENCE);
    }

    /**
     * Waits until at least so many requests to this path have arrived.
     *
     * @return every request to it so far
     * @throws AssertionError if they do not within {@link #PATIENCE}
     */
    public List<ReceivedRequest> await(String path, int count) {
        await(all -> requests(path).size() >= count, count + " requests to " + path, PATIENCE);
        return requests(path);
    }

    /**
     * Waits until what has arrived meets a condition, which is asked anew after each arrival.
     *
     * @param what the condition in words, for the message
     * @param patience how much real time it has
     * @return every request so far
     * @throws AssertionError if the condition does not hold by then, with what had arrived instead
     */
    public List<ReceivedRequest> await(Predicate<List<ReceivedRequest>> condition, String what, Duration patience) {
        awaitChange(() -> condition.test(requests()), what, patience, this::arrivals);
        return requests();
    }

    /**
     * Waits until no connection is open, as far as this side knows.
     *
     * @throws AssertionError if one still is after {@link #PATIENCE}
     */
    public void awaitNoConnections() {
        awaitChange(() -> openConnections() == 0, "no connections", PATIENCE, () -> openConnections() + " were open");
    }

    private void awaitChange(BooleanSupplier condition, String what, Duration patience, Supplier<String> instead) {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (monitor) {
            while (!condition.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("waited " + patience + " for " + what + ", but " + instead.get());
                }
                try {
                    monitor.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for " + what, e);
                }
            }
        }
    }

    private String arrivals() {
        var all = requests();
        var last = all.subList(Math.max(0, all.size() - 20), all.size());
        return all.size() + " arrived" + (all.isEmpty() ? "" : ", at last ")
                + String.join(
                        ", ",
                        last.stream()
                                .map(each -> each.method() + " " + each.path())
                                .toList());
    }

    /** Stops listening, and ends every connection and every answer still held back. The port is free when it returns. */
    @Override
    public void close() {
        closed.countDown();
        ReceiverConnection.closeQuietly(server);
        try {
            // The port is taken until the thread that waits for connections has noticed.
            acceptor.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (monitor) {
            open.forEach((socket, thread) -> {
                ReceiverConnection.closeQuietly(socket);
                // It may wait at a gate that will never open.
                thread.interrupt();
            });
        }
    }

    private void accept() {
        while (closed.getCount() > 0) {
            try {
                serve(server.accept());
            } catch (IOException e) {
                // The server socket was closed, or a caller went away before it was let in.
            }
        }
    }

    private void serve(Socket socket) {
        Thread thread;
        synchronized (monitor) {
            int number = ++connections;
            var connection = new ReceiverConnection(socket, number, closed, this::received);
            thread = daemon("receiver-" + port() + "-" + number, () -> {
                connection.run();
                ended(socket);
            });
            open.put(socket, thread);
        }
        if (closed.getCount() == 0) {
            // It came in while close() was on its way and may have been overlooked.
            ReceiverConnection.closeQuietly(socket);
        }
        thread.start();
    }

    // Recorded and given its answer in one: whoever sees a request arrive must not find that a later one got its
    // answer.
    private Answer received(ReceivedRequest request) {
        synchronized (monitor) {
            requests.add(request);
            monitor.notifyAll();
            return answer(request);
        }
    }

    private Answer answer(ReceivedRequest request) {
        var own = paths.getOrDefault(request.path(), anyPath).answer(request);
        if (own != null) {
            return own;
        }
        var shared = anyPath.answer(request);
        return shared == null ? Answer.status(200) : shared;
    }

    private void ended(Socket socket) {
        synchronized (monitor) {
            open.remove(socket);
            monitor.notifyAll();
        }
    }

    private static Thread daemon(String name, Runnable body) {
        var thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }
}
