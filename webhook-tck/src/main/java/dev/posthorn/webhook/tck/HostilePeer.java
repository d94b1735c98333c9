package dev.posthorn.webhook.tck;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A hostile endpoint's side of one connection. Text is bytes here, a character each. For one thread. */
final class HostilePeer {
    /** Long enough to be slow, short enough for many of them within a deadline of a few hundred milliseconds. */
    private static final int PAUSE_MILLIS = 20;

    private static final int FLOOD_BYTES = 16 * 1024;

    private final Socket raw;
    private final CountDownLatch released;
    private Socket socket;
    private InputStream in;
    private OutputStream out;

    /** @param released is open when the request has ended */
    HostilePeer(Socket raw, CountDownLatch released) throws IOException {
        this.raw = raw;
        this.released = released;
        socket = raw;
        in = raw.getInputStream();
        out = raw.getOutputStream();
    }

    /** Makes TLS, as far as this side is concerned; everything from then on goes through it. */
    SSLSocket secure(SSLContext context, String... protocols) throws IOException {
        var tls = (SSLSocket) context.getSocketFactory().createSocket(raw, null, true);
        tls.setUseClientMode(false);
        if (protocols.length > 0) {
            tls.setEnabledProtocols(protocols);
        }
        tls.startHandshake();
        socket = tls;
        in = tls.getInputStream();
        out = tls.getOutputStream();
        return tls;
    }

    /** Reads a head, and a body as long as its Content-Length says. */
    String readRequest() throws IOException {
        var head = readHead();
        long length = head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .map(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElse(0L);
        in.skipNBytes(length);
        return head;
    }

    /** Reads a head and leaves the body. */
    String readHead() throws IOException {
        var head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("no request");
            }
            head.write(b);
            matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    void readByte() throws IOException {
        in.read();
    }

    /** Reads the request and sends this. */
    void answer(String text) throws IOException {
        readRequest();
        send(text);
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Below any TLS. */
    void sendRaw(byte[] bytes) throws IOException {
        raw.getOutputStream().write(bytes);
    }

    /** Sends this again and again until the other side has hung up. */
    void flood(String text) throws IOException {
        flood(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void flood(byte[] bytes) throws IOException {
        var large = new ByteArrayOutputStream();
        while (large.size() < FLOOD_BYTES) {
            large.write(bytes);
        }
        while (true) {
            send(large.toByteArray());
        }
    }

    /** Sends this one byte after the other, again and again, a pause between, until the other side has hung up. */
    void drip(String text) throws IOException {
        drip(text, 1);
    }

    /** The same, several bytes at a time. */
    void drip(String text, int bytes) throws IOException {
        for (int i = 0; !isGoneAfterPause(); i = (i + bytes) % text.length()) {
            send(text.substring(i, Math.min(text.length(), i + bytes)));
        }
    }

    /** Reads one byte after the other, a pause between, until the request has ended or the other side has hung up. */
    void sip() throws IOException {
        try {
            while (!released.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS) && in.read() >= 0) {
                // There is more.
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Lets what was sent arrive: a write that has returned only says that it is on its way. */
    void linger() throws IOException {
        for (int i = 0; i < 5; i++) {
            isGoneAfterPause();
        }
    }

    /** Passes time by waiting for what will not come. */
    private boolean isGoneAfterPause() throws IOException {
        socket.setSoTimeout(PAUSE_MILLIS);
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } finally {
            socket.setSoTimeout(0);
        }
    }

    /** Reads what has come or comes within a moment, for TLS to work on. */
    void takeWhatIsThere() throws IOException {
        socket.setSoTimeout(1);
        try {
            if (in.read() < 0) {
                throw new IOException("the other side has hung up");
            }
        } catch (SocketTimeoutException e) {
            // Nothing more for now.
        } finally {
            socket.setSoTimeout(0);
        }
    }

    /** Reads nothing until the request has ended. */
    void ignore() throws IOException {
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Says that nothing more will come, and goes on reading. */
    void halfClose() throws IOException {
        raw.shutdownOutput();
    }

    /** Hangs up; where there is TLS, without a word of it. */
    void close() throws IOException {
        raw.close();
    }

    /** Hangs up so that the other side loses what it has not read yet. */
    void reset() throws IOException {
        raw.setSoLinger(true, 0);
        raw.close();
    }

    /** Reads until the other side has hung up. */
    void awaitEnd() throws IOException {
        if (!raw.isClosed()) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
