package dev.posthorn.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * How many requests the receiver can answer: sent as bytes that were made before, unsigned and unread but for their length, by as many
 * connections as are in flight. What is measured is to stay well below this, or it is the receiver that is measured.
 */
final class ReceiverLimit {
    private static final int ANSWER = "HTTP/1.1 204 No Content\r\n\r\n".length();

    private ReceiverLimit() {}

    /** What it was, in words. */
    static String measure(ReceiverProcess receiver, int count) throws Exception {
        run(receiver, count);
        receiver.reset();
        long cpu = receiver.cpuNanos();
        run(receiver, count);
        long cpuAfter = receiver.cpuNanos();
        var stats = receiver.stats();
        return String.format(
                Locale.ROOT,
                "%,.0f requests/s at most, %.1f µs of a processor each, from a loop that does nothing else on the same machine",
                (stats.count() - 1) * 1e9 / (stats.lastAt() - stats.firstAt()),
                (cpuAfter - cpu) / 1e3 / stats.count());
    }

    private static void run(ReceiverProcess receiver, int count) throws Exception {
        var body = Load.payload().toUtf8String();
        var request = ("POST /hook/0 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.ISO_8859_1);
        var threads = Executors.newFixedThreadPool(Load.IN_FLIGHT);
        try {
            var loops = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < Load.IN_FLIGHT; i++) {
                loops.add(() -> send(receiver.port(), request, count / Load.IN_FLIGHT));
            }
            for (var done : threads.invokeAll(loops)) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private static boolean send(int port, byte[] request, int count) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            for (int n = 0; n < count; n++) {
                socket.getOutputStream().write(request);
                readAnswer(socket.getInputStream());
            }
            return true;
        }
    }

    private static void readAnswer(InputStream in) throws IOException {
        if (in.readNBytes(ANSWER).length < ANSWER) {
            throw new EOFException();
        }
    }
}
