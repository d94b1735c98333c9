package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.posthorn.webhook.Mutations;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

/** Whatever an endpoint sends, and in whatever pieces: an answer or none, after so many bytes at most. */
class AnswerReaderFuzzTest {
    private static final int MAX_STORED = 16;
    private static final int MAX_READ = 1024;

    /** Head, the lines between chunks and the body, each at its limit, and what the buffer holds beyond. */
    private static final int MOST_TAKEN = 32 * 1024 + 64 * 1024 + MAX_READ + 64 * 1024;

    @FuzzTest(maxDuration = "20s")
    void anyBytes(byte[] sent) {
        check(sent);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyBytes").tryOut(10_000, AnswerReaderFuzzTest::check);
    }

    private static void check(byte[] sent) {
        var whole = read(new Sent(sent, Integer.MAX_VALUE, false));
        var byByte = read(new Sent(sent, 1, false));
        assertThat(byByte.what()).isEqualTo(whole.what());
        if (whole.answer() != null) {
            checkAnswer(whole.answer());
            // More than one answer may be in one piece, and then the connection is no good; never the other way round.
            assertThat(byByte.answer().isReusable() || !whole.answer().isReusable())
                    .isTrue();
        }
        if (sent.length > 0) {
            var endless = new Sent(sent, 1_000, true);
            read(endless);
            assertThat(endless.taken).isLessThanOrEqualTo(MOST_TAKEN);
        }
    }

    private static void checkAnswer(Answer answer) {
        assertThat(answer.status()).isBetween(200, 599);
        assertThat(answer.body().size()).isLessThanOrEqualTo(MAX_STORED);
        assertThat(answer.headers()).hasSizeLessThanOrEqualTo(200);
        int characters = 0;
        for (var header : answer.headers()) {
            assertThat(HttpText.isToken(header.name())).isTrue();
            assertThat(header.value().chars()).allMatch(c -> c >= ' ' && c <= '~');
            characters += header.name().length() + header.value().length();
        }
        assertThat(characters).isLessThanOrEqualTo(32 * 1024);
    }

    /** What was made of it: an answer, or the kind of failure. */
    private record Outcome(Answer answer, Class<?> failure) {
        /** What does not depend on where pieces end. */
        String what() {
            return answer == null
                    ? failure.getName()
                    : answer.status() + " " + answer.headers() + " "
                            + answer.body().toUtf8String();
        }
    }

    private static Outcome read(Sent sent) {
        try {
            return new Outcome(
                    new AnswerReader(sent, new byte[AnswerReader.BUFFER_BYTES], MAX_STORED, MAX_READ).read(), null);
        } catch (BadAnswerException | EOFException e) {
            return new Outcome(null, e.getClass());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes in pieces, again and again if it is endless. */
    private static final class Sent extends InputStream {
        private final byte[] bytes;
        private final int piece;
        private final boolean isEndless;
        private int at;
        int taken;

        Sent(byte[] bytes, int piece, boolean isEndless) {
            this.bytes = bytes;
            this.piece = piece;
            this.isEndless = isEndless;
        }

        @Override
        public int read() {
            throw new AssertionError("one byte at a time");
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            assertThat(length).isPositive();
            if (at == bytes.length && isEndless) {
                at = 0;
            }
            if (at == bytes.length) {
                return -1;
            }
            int count = Math.min(Math.min(length, piece), bytes.length - at);
            System.arraycopy(bytes, at, into, offset, count);
            at += count;
            taken += count;
            return count;
        }
    }
}
