package dev.posthorn.webhook.transport;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Proxy;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * A socket that takes in no more than it is allowed to. Limits on an answer do not see what TLS does for itself: changes of
 * keys, new handshakes and session tickets cost the client processor time and memory, and could go on until the deadline
 * (measured: 600 MB of garbage a second). They cost it much the same however few bytes they are, so that each time something
 * is read counts like {@link #READ} bytes more. For one thread at a time.
 */
class MeteredSocket extends Socket {
    /** What it counts to read once. TLS reads twice for a record, or oftener if it comes in pieces. */
    static final int READ = 128;

    private long left;
    private @Nullable InputStream metered;
    private @Nullable OutputStream out;
    private HandshakeTurns.@Nullable Turn turn;

    /** One that may take in nothing yet, and goes through no proxy. */
    MeteredSocket() {
        super(Proxy.NO_PROXY);
    }

    /** From now on it may take in so many bytes, whatever was left. */
    void allow(long bytes) {
        left = bytes;
    }

    /** It may take in so many bytes more. */
    void allowMore(long bytes) {
        left += bytes;
    }

    /** Whose turn it is that must pause whenever this socket is waited for, or {@code null}. */
    void pausing(HandshakeTurns.@Nullable Turn current) {
        turn = current;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        if (out == null) {
            out = new Unhurried(super.getOutputStream());
        }
        return out;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        if (metered == null) {
            metered = new Metered(super.getInputStream());
        }
        return metered;
    }

    private final class Metered extends InputStream {
        private final InputStream in;

        Metered(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left <= 0 && length > 0) {
                throw new BadAnswerException("too much beside the answer");
            }
            int most = (int) Math.min(length, left);
            int count = turn == null ? in.read(bytes, offset, most) : pausing(turn, () -> in.read(bytes, offset, most));
            left -= READ + Math.max(0, count);
            return count;
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    private final class Unhurried extends FilterOutputStream {
        Unhurried(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (turn == null) {
                out.write(bytes, offset, length);
            } else {
                pausing(turn, () -> {
                    out.write(bytes, offset, length);
                    return length;
                });
            }
        }
    }

    private static int pausing(HandshakeTurns.Turn turn, Transfer transfer) throws IOException {
        turn.pause();
        int count = transfer.run();
        turn.goOn();
        return count;
    }

    private interface Transfer {
        int run() throws IOException;
    }
}
