package dev.posthorn.examples.receiver;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.posthorn.webhook.WebhookVerificationException;
import dev.posthorn.webhook.WebhookVerifier;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How do I check that a webhook is genuine? An HTTP server that prints one line for each request: whether its signature is
 * good, and what it says. Requests without a good signature are answered 401.
 */
public final class Receiver implements AutoCloseable {
    private static final int MOST_BYTES = 1024 * 1024;
    private static final int MOST_SHOWN = 200;

    private final Options options;
    private final @Nullable WebhookVerifier verifier;
    private final PrintStream out;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        var thread = new Thread(work, "receiver");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger letIn = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);

    private Receiver(Options options, PrintStream out) throws IOException {
        this.options = options;
        this.out = out;
        verifier = options.secrets().isEmpty()
                ? null
                : WebhookVerifier.of(options.secrets()).scheme(options.scheme());
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /** Listens until the process is ended. See {@code --help}. */
    public static void main(String[] args) {
        var arguments = List.of(args);
        if (arguments.contains("--help")) {
            System.out.println(Options.USAGE);
            return;
        }
        Options options;
        try {
            options = Options.parse(arguments, System.getenv());
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
            System.exit(2);
            return;
        }
        try {
            var receiver = start(options, System.out);
            System.out.println("Receiver listens on http://127.0.0.1:" + receiver.port() + "/"
                    + (options.secrets().isEmpty() ? " and checks no signatures: it has no --secret" : ""));
        } catch (IOException | RuntimeException e) {
            System.err.println("The receiver cannot start: " + e.getMessage());
            System.exit(1);
        }
    }

    /** Starts a receiver that prints to this stream. */
    static Receiver start(Options options, PrintStream out) throws IOException {
        var receiver = new Receiver(options, out);
        receiver.server.start();
        return receiver;
    }

    /** The port it listens on. */
    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange request) throws IOException {
        try (request) {
            if (!request.getRequestMethod().equals("POST")) {
                answer(request, 405);
                return;
            }
            var body = request.getRequestBody().readNBytes(MOST_BYTES + 1);
            if (body.length > MOST_BYTES) {
                answer(request, 413);
                return;
            }
            var fault = faultOf(request, body);
            int status = fault == null ? options.answer(letIn.incrementAndGet()) : 401;
            var verdict = fault != null ? "REFUSED (" + fault + ")" : verifier == null ? "not checked" : "verified";
            out.println(verdict + ", " + (options.hangs() ? "not answered" : "answered " + status) + ": "
                    + header(request, "webhook-event-type") + ", attempt " + header(request, "webhook-attempt")
                    + ", id " + header(request, "webhook-id") + ", "
                    + printable(new String(body, StandardCharsets.UTF_8)));
            if (options.hangs()) {
                closed.await();
            }
            answer(request, status);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is wrong with the request's signature; {@code null} if nothing is, or none is checked. */
    private @Nullable String faultOf(HttpExchange request, byte[] body) {
        if (verifier == null) {
            return null;
        }
        try {
            verifier.verify(request.getRequestHeaders()::getFirst, body);
            return null;
        } catch (WebhookVerificationException e) {
            return e.getMessage();
        }
    }

    private static void answer(HttpExchange request, int status) throws IOException {
        request.sendResponseHeaders(status, -1);
    }

    private static String header(HttpExchange request, String name) {
        var value = request.getRequestHeaders().getFirst(name);
        return value == null ? "-" : printable(value);
    }

    /** Shortens a text, and takes away what a terminal could take for a command: anyone may have sent it. */
    private static String printable(String text) {
        var start = text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text;
        return start.replaceAll("\\p{C}", "?");
    }
}
