package dev.posthorn.webhook.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server on a loopback port that does, byte for byte, what a test's script says, once for each connection. Requests
 * and the ends of connections are kept for the test to wait for.
 */
final class ScriptedServer implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 20;

    private final ServerSocket listener;
    private final Script script;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> ends = new LinkedBlockingQueue<>();

    /** What is done with one connection, which is closed afterwards. */
    interface Script {
        void play(Connection connection) throws IOException;
    }

    ScriptedServer(Script script) throws IOException {
        this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
    }

    ScriptedServer(ServerSocket listener, Script script) {
        this.listener = listener;
        this.script = script;
        start("accept", this::accept);
    }

    /** A server that reads a request on each connection, answers with this text (a character a byte), and closes. */
    static ScriptedServer answering(String answer) throws IOException {
        return new ScriptedServer(connection -> {
            connection.readRequest();
            connection.write(answer);
            // Closing with an unread byte would reset the connection and take the answer along.
            connection.socket.shutdownOutput();
            connection.awaitEnd();
        });
    }

    int port() {
        return listener.getLocalPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    int connections() {
        return connections.get();
    }

    /** How many connections are open at this end. */
    int open() {
        return open.get();
    }

    /** The next request, head and body, a character a byte. */
    String takeRequest() throws InterruptedException {
        var request = requests.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request came");
        }
        return request;
    }

    /** Waits until a connection for which a script called {@link Connection#awaitEnd} was closed by the client. */
    void takeEnd() throws InterruptedException {
        if (ends.poll(PATIENCE_SECONDS, TimeUnit.SECONDS) == null) {
            throw new AssertionError("the connection stayed open");
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                connections.incrementAndGet();
                open.incrementAndGet();
                start("play", () -> play(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void play(Socket socket) {
        try (socket) {
            script.play(new Connection(socket));
        } catch (IOException e) {
            // The client has gone, which is what many tests are about.
        } finally {
            open.decrementAndGet();
        }
    }

    private static void start(String name, Runnable task) {
        var thread = new Thread(task, "scripted-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The server's side of one connection. */
    final class Connection {
        final Socket socket;

        Connection(Socket socket) {
            this.socket = socket;
        }

        /** Reads a head, and a body as long as its Content-Length says. */
        String readRequest() throws IOException {
            var head = readHead();
            int length = head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                    .map(line -> Integer.parseInt(
                            line.substring("content-length:".length()).strip()))
                    .findFirst()
                    .orElse(0);
            var request = head + latin1(socket.getInputStream().readNBytes(length));
            requests.add(request);
            return request;
        }

        /** Reads a head and leaves the body. */
        String readHead() throws IOException {
            var head = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            while (!latin1(head.toByteArray()).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("no request");
                }
                head.write(b);
            }
            return latin1(head.toByteArray());
        }

        void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        /** Gives the client time to read what was written. It must send nothing meanwhile. */
        void pause(int millis) throws IOException {
            socket.setSoTimeout(millis);
            try {
                socket.getInputStream().read();
                throw new IOException("the client did not wait");
            } catch (SocketTimeoutException e) {
                // The pause is over.
            }
        }

        /** Writes again and again, a pause between, until the client has closed the connection. */
        void drip(String text, int pauseMillis) throws IOException {
            socket.setSoTimeout(pauseMillis);
            while (true) {
                write(text);
                try {
                    if (socket.getInputStream().read() < 0) {
                        ends.add(true);
                        return;
                    }
                } catch (SocketTimeoutException e) {
                    // The pause is over.
                } catch (IOException e) {
                    ends.add(true);
                    throw e;
                }
            }
        }

        /** Waits until the client has closed the connection. */
        void awaitEnd() {
            try {
                while (socket.getInputStream().read() >= 0) {
                    // What else it sends does not matter.
                }
            } catch (IOException e) {
                // A reset is an end too.
            }
            ends.add(true);
        }
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
