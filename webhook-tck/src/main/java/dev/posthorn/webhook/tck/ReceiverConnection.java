package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a receiver: reads requests one after the other and answers each. Sockets and nothing between, because
 * an HTTP server would not let us answer with what is not HTTP.
 */
final class ReceiverConnection implements Runnable {
    private static final int LONGEST_LINE = 64 * 1024;

    private final Socket socket;
    private final int number;
    private final CountDownLatch closed;
    private final Function<ReceivedRequest, Answer> answers;

    ReceiverConnection(Socket socket, int number, CountDownLatch closed, Function<ReceivedRequest, Answer> answers) {
        this.socket = socket;
        this.number = number;
        this.closed = closed;
        this.answers = answers;
    }

    @Override
    public void run() {
        try (socket) {
            // Without it the last packet of an answer waits for the caller's delayed acknowledgement: 40 ms.
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            var request = read(in);
            while (request != null && answer(answers.apply(request)) && !isLast(request)) {
                request = read(in);
            }
        } catch (IOException e) {
            // The caller went away, or the receiver was closed: both are ordinary ends of a connection.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isLast(ReceivedRequest request) {
        return request.headers("Connection").stream().anyMatch("close"::equalsIgnoreCase);
    }

    /** The next request; {@code null} if the caller has closed the connection instead. */
    private @Nullable ReceivedRequest read(InputStream in) throws IOException {
        var start = readLine(in);
        if (start == null) {
            return null;
        }
        var parts = start.split(" ", 3);
        if (parts.length < 3) {
            throw new ProtocolException(start);
        }
        var headers = new ArrayList<Header>();
        for (var line = readLine(in); line != null && !line.isEmpty(); line = readLine(in)) {
            int colon = line.indexOf(':');
            headers.add(new Header(
                    line.substring(0, Math.max(colon, 0)),
                    line.substring(colon + 1).strip()));
        }
        var head = new ReceivedRequest(parts[0], parts[1], headers, Bytes.EMPTY, 0, number);
        var body = head.header("Transfer-Encoding").isPresent()
                ? readChunks(in)
                : readBytes(in, Integer.parseInt(head.header("Content-Length").orElse("0")));
        return new ReceivedRequest(parts[0], parts[1], headers, Bytes.wrap(body), System.nanoTime(), number);
    }

    private static byte[] readChunks(InputStream in) throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            var line = readLine(in);
            if (line == null) {
                throw new EOFException("between chunks");
            }
            int size = Integer.parseInt(line.split(";", 2)[0].strip(), 16);
            if (size == 0) {
                for (var trailer = readLine(in); trailer != null && !trailer.isEmpty(); ) {
                    trailer = readLine(in);
                }
                return body.toByteArray();
            }
            body.write(readBytes(in, size));
            readLine(in);
        }
    }

    private static byte[] readBytes(InputStream in, int count) throws IOException {
        var bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("after " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }

    /** A line without its end; {@code null} if there is none. */
    private static @Nullable String readLine(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                var text = line.toString(StandardCharsets.ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            line.write(next);
            if (line.size() > LONGEST_LINE) {
                throw new ProtocolException("line of more than " + LONGEST_LINE + " bytes");
            }
        }
        return null;
    }

    /** Returns whether the connection can be used again. */
    private boolean answer(Answer answer) throws IOException, InterruptedException {
        if (!pause(answer.delay())) {
            return false;
        }
        var gate = answer.gate();
        if (gate != null) {
            gate.await();
        }
        return switch (answer.kind()) {
            case DROP -> false;
            case RESET -> {
                // Closing with no time to linger sends RST instead of FIN.
                socket.setSoLinger(true, 0);
                yield false;
            }
            case RAW -> {
                writeBody(answer, socket.getOutputStream());
                yield false;
            }
            case CUT, COMPLETE -> {
                var out = socket.getOutputStream();
                out.write(head(answer));
                writeBody(answer, out);
                yield answer.kind() == Answer.Kind.COMPLETE;
            }
        };
    }

    private static byte[] head(Answer answer) {
        List<String> lines = new ArrayList<>();
        lines.add("HTTP/1.1 " + answer.status() + " Scripted");
        // RFC 9110 §8.6: no length where there can be no body.
        if (answer.status() != 204 && answer.status() != 304) {
            int extra = answer.kind() == Answer.Kind.CUT ? 1 : 0;
            lines.add("Content-Length: " + (answer.body().size() + extra));
        }
        answer.headers().forEach(header -> lines.add(header.name() + ": " + header.value()));
        return (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private void writeBody(Answer answer, OutputStream out) throws IOException, InterruptedException {
        if (answer.pace().isZero()) {
            answer.body().writeTo(out);
            return;
        }
        var body = answer.body().toByteArray();
        for (int i = 0; i < body.length && pause(answer.pace()); i++) {
            out.write(body[i]);
        }
    }

    /** Lets real time pass. Returns false if the receiver was closed instead. */
    private boolean pause(Duration time) throws InterruptedException {
        return !closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            // It is closed or as good as.
        }
    }
}
