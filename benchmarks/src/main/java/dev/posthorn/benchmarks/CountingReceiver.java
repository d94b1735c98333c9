package dev.posthorn.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the load is sent to: a process of its own that answers every POST with 204 and keeps when it came. It reads only
 * what it must of HTTP/1.1, so that it costs little of the machine it shares with what is measured.
 *
 * <p>A payload that begins with <code>{"at":</code> and the sender's {@code System.nanoTime()} gives a latency: on Linux that clock is the
 * same for all processes. {@code GET /stats} tells count and latencies, {@code GET /reset} forgets them, {@code GET /await/5} answers when 5 have
 * come, and after {@code GET /delay/20} each answer takes 20 ms.
 */
final class CountingReceiver {
    private static final int MOST_LATENCIES = 2_000_000;
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final byte[] NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final AtomicInteger count = new AtomicInteger();
    private final long[] latencies = new long[MOST_LATENCIES];
    private final AtomicLong firstAt = new AtomicLong();
    private volatile long lastAt;
    private volatile long delayMillis;
    private final Object lock = new Object();
    private volatile int awaited = Integer.MAX_VALUE;

    private CountingReceiver() {}

    /** Prints the port it listens on, and runs until its standard input ends. */
    public static void main(String[] args) throws IOException {
        var receiver = new CountingReceiver();
        var server = new ServerSocket(0, 1_024, InetAddress.getLoopbackAddress());
        var accepting = new Thread(() -> receiver.accept(server), "accept");
        accepting.setDaemon(true);
        accepting.start();
        System.out.println(server.getLocalPort());
        while (System.in.read() >= 0) {
            // Only its end matters: it ends with the process that started this one, however that ends.
        }
    }

    private void accept(ServerSocket server) {
        try {
            while (true) {
                var socket = server.accept();
                socket.setTcpNoDelay(true);
                var thread = new Thread(() -> serve(socket), "connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            throw new IllegalStateException(closed);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
            var out = socket.getOutputStream();
            while (true) {
                var requestLine = line(in);
                int length = 0;
                for (var field = line(in); !field.isEmpty(); field = line(in)) {
                    if (field.regionMatches(true, 0, "content-length:", 0, 15)) {
                        length = Integer.parseInt(field.substring(15).strip());
                    }
                }
                var body = in.readNBytes(length);
                if (requestLine.startsWith("GET /stats")) {
                    out.write(stats());
                } else if (requestLine.startsWith("GET /reset")) {
                    count.set(0);
                    firstAt.set(0);
                    lastAt = 0;
                    out.write(NO_CONTENT);
                } else if (requestLine.startsWith("GET /await/")) {
                    out.write(ok(Integer.toString(await(number(requestLine)))));
                } else if (requestLine.startsWith("GET /delay/")) {
                    delayMillis = number(requestLine);
                    out.write(NO_CONTENT);
                } else {
                    arrived(body);
                    long delay = delayMillis;
                    if (delay > 0) {
                        Thread.sleep(delay);
                    }
                    out.write(NO_CONTENT);
                }
            }
        } catch (IOException ended) {
            // The peer is through with this connection.
        } catch (InterruptedException never) {
            Thread.currentThread().interrupt();
        }
    }

    /** The last part of a path. */
    private static int number(String requestLine) {
        var path = requestLine.split(" ", -1)[1];
        return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
    }

    /** Waits until so many have come, and tells how many have. */
    private int await(int expected) throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST_WAIT_NANOS;
        synchronized (lock) {
            awaited = expected;
            // Who has come meanwhile may not have seen that it is awaited, and is seen here: one of the two it is.
            for (long left; count.get() < expected && (left = deadline - System.nanoTime()) > 0; ) {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            awaited = Integer.MAX_VALUE;
            return count.get();
        }
    }

    private void arrived(byte[] body) {
        long now = System.nanoTime();
        firstAt.compareAndSet(0, now);
        lastAt = now;
        int n = count.getAndIncrement();
        if (n < MOST_LATENCIES) {
            latencies[n] = now - sentAt(body);
        }
        if (n + 1 == awaited) {
            synchronized (lock) {
                lock.notifyAll();
            }
        }
    }

    private static long sentAt(byte[] body) {
        long at = 0;
        for (int i = 6; i < body.length && body[i] >= '0' && body[i] <= '9'; i++) {
            at = at * 10 + (body[i] - '0');
        }
        return at;
    }

    /** The count, then p50, p99 and the maximum in microseconds, then when the first and the last came. */
    private byte[] stats() {
        int n = Math.min(count.get(), MOST_LATENCIES);
        var sorted = Arrays.copyOf(latencies, n);
        Arrays.sort(sorted);
        var text = count.get() + " " + micros(sorted, 0.5) + " " + micros(sorted, 0.99) + " " + micros(sorted, 1) + " "
                + firstAt + " " + lastAt;
        return ok(text);
    }

    private static byte[] ok(String text) {
        return ("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static long micros(long[] sorted, double quantile) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, sorted.length * quantile)] / 1_000;
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
