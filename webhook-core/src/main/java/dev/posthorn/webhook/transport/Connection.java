package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Bytes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** An open connection, used by one thread at a time. */
final class Connection {
    private static final int MOST_IN_ONE_WRITE = 64 * 1024;
    /** What TLS may take in for itself during one answer: more than the largest record has (RFC 8446 §5.2). */
    private static final int MOST_BESIDE_ANSWER = 32 * 1024;
    /** What it may take in for each byte of the answer beside reading it: records of 22 bytes or more are less than that. */
    private static final int MOST_FOR_A_BYTE = 2;
    /** Of being idle, after which it is worth a millisecond to see whether the other side has closed. */
    private static final long PROBED_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Endpoint endpoint;
    private final InetAddress address;
    private final MeteredSocket raw;
    private final Socket socket;
    private final InputStream rawIn;
    private final InputStream in;
    private final OutputStream out;
    private final long madeAt;
    private final byte[] buffer = new byte[AnswerReader.BUFFER_BYTES];
    /** Of the pool, when it was given back. */
    long idleSince;

    /**
     * @param address that was checked and connected to
     * @param raw the socket below any TLS
     * @param socket what is sent and read through
     * @param madeAt by the pool's clock
     */
    Connection(Endpoint endpoint, InetAddress address, MeteredSocket raw, Socket socket, long madeAt)
            throws IOException {
        this.endpoint = endpoint;
        this.address = address;
        this.raw = raw;
        this.socket = socket;
        this.rawIn = raw.getInputStream();
        this.in = isSecured() ? new Paying(socket.getInputStream()) : rawIn;
        this.out = socket.getOutputStream();
        this.madeAt = madeAt;
        this.idleSince = madeAt;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    InetAddress address() {
        return address;
    }

    Socket raw() {
        return raw;
    }

    long madeAt() {
        return madeAt;
    }

    /** Sends a head and a body, in one piece unless it is large. */
    void write(byte[] head, Bytes body) throws IOException {
        if (head.length + (long) body.size() <= MOST_IN_ONE_WRITE) {
            var whole = Arrays.copyOf(head, head.length + body.size());
            body.asByteBuffer().get(whole, head.length, body.size());
            out.write(whole);
        } else {
            out.write(head);
            body.writeTo(out);
        }
        out.flush();
    }

    /** For one answer. */
    AnswerReader reader(int maxStored, int maxRead) {
        raw.allow(isSecured() ? MOST_BESIDE_ANSWER : Long.MAX_VALUE);
        return new AnswerReader(in, buffer, maxStored, maxRead);
    }

    private boolean isSecured() {
        return raw != socket;
    }

    /**
     * Whether it may still be open, and nothing has come that nobody asked for.
     *
     * @param idleNanos how long it was not used
     */
    boolean isQuiet(long idleNanos) {
        try {
            if (in.available() > 0) {
                return false;
            }
            // With TLS, what has come may be a ticket for the next session, or the close: reading is how to know.
            boolean isSomethingBelow = isSecured() && rawIn.available() > 0;
            return (!isSomethingBelow && idleNanos < PROBED_AFTER_NANOS) || isSilent();
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isSilent() throws IOException {
        socket.setSoTimeout(1);
        try {
            in.read();
            return false;
        } catch (SocketTimeoutException e) {
            socket.setSoTimeout(0);
            return true;
        }
    }

    /** Without a word, even with TLS, where a word may have to wait for somebody who does not read. */
    void close() {
        Exchange.close(raw);
    }

    /** What has been through TLS, each byte of which allows for more below it. */
    private final class Paying extends FilterInputStream {
        Paying(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            pay(b < 0 ? 0 : 1);
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            pay(Math.max(0, count));
            return count;
        }

        private void pay(int count) {
            raw.allowMore(count == 0 ? 0 : 2 * MeteredSocket.READ + MOST_FOR_A_BYTE * (long) count);
        }
    }
}
