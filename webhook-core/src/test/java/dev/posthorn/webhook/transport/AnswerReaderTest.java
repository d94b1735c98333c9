package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.Header;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {
    private static final int MAX_STORED = 10;
    private static final int MAX_READ = 40;

    // ~ is the end of a line, ^ a bare line feed, # a NUL, % a tab. The last column: may the connection be used again?
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            HTTP/1.1 200 OK~Content-Length: 2~~hi                                        | 200 | hi         | true
            HTTP/1.1 200 OK~content-LENGTH:2~~hi                                         | 200 | hi         | true
            HTTP/1.1 200 OK~Content-Length: %  2 % ~~hi                                  | 200 | hi         | true
            HTTP/1.1 200 OK~Content-Length: 002~~hi                                      | 200 | hi         | true
            HTTP/1.1 200 OK~Content-Length: 0~~                                          | 200 |            | true
            HTTP/1.1 200 ~Content-Length: 0~~                                            | 200 |            | true
            HTTP/1.1 200~Content-Length: 0~~                                             | 200 |            | true
            HTTP/1.1 200 It is a long story: yes!~Content-Length: 0~~                    | 200 |            | true
            HTTP/1.1 200 \u00e4\u00ff~Content-Length: 0~~                                | 200 |            | true
            HTTP/1.1 599 Odd~Content-Length: 0~~                                         | 599 |            | true
            HTTP/1.1 301 Moved~Location: http://10.0.0.1/~Content-Length: 0~~            | 301 |            | true
            HTTP/1.1 200 OK~Content-Length: 2~Content-Length: 2~~hi                      | 200 | hi         | true
            HTTP/1.1 200 OK~Content-Length: 2~Content-Length: 02~~hi                     | 200 | hi         | true
            HTTP/1.1 200 OK~X-Empty:~Content-Length: 0~~                                 | 200 |            | true
            HTTP/1.1 200 OK~!$'*+-._`: x~Content-Length: 0~~                            | 200 |            | true
            HTTP/1.1 200 OK~Content-Length: 2~~hi!                                       | 200 | hi         | false
            HTTP/1.1 200 OK~Content-Length: 2~~hiHTTP/1.1 200 OK~                        | 200 | hi         | false
            HTTP/1.1 200 OK~Content-Length: 0~~^                                         | 200 |            | false
            HTTP/1.1 200 OK~Connection: close~Content-Length: 2~~hi                      | 200 | hi         | false
            HTTP/1.1 200 OK~Connection: x , CLOSE~Content-Length: 2~~hi                  | 200 | hi         | false
            HTTP/1.1 200 OK~Connection: keep-alive~Content-Length: 2~~hi                 | 200 | hi         | true
            HTTP/1.1 200 OK~Connection: closed~Content-Length: 2~~hi                     | 200 | hi         | true
            HTTP/1.0 200 OK~Content-Length: 2~~hi                                        | 200 | hi         | false
            HTTP/1.0 200 OK~Connection: keep-alive~Content-Length: 2~~hi                 | 200 | hi         | false
            HTTP/1.1 200 OK~~until                                                       | 200 | until      | false
            HTTP/1.1 200 OK~~                                                            | 200 |            | false
            HTTP/1.0 200 OK~~until                                                       | 200 | until      | false
            HTTP/1.1 204 No Content~~                                                    | 204 |            | true
            HTTP/1.1 204 No Content~Content-Length: 0~~                                  | 204 |            | true
            HTTP/1.1 204 No Content~Content-Length: 2~~                                  | 204 |            | false
            HTTP/1.1 204 No Content~Transfer-Encoding: chunked~~                         | 204 |            | false
            HTTP/1.1 204 No Content~~hi                                                  | 204 |            | false
            HTTP/1.1 304 Not Modified~Content-Length: 2~~                                | 304 |            | false
            HTTP/1.1 304 Not Modified~~                                                  | 304 |            | true
            HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 2~~hi                 | 200 | hi         | true
            HTTP/1.1 103 Hints~Link: a~~HTTP/1.1 500 No~Content-Length: 0~~              | 500 |            | true
            HTTP/1.1 102 A~Content-Length: 0~~HTTP/1.1 200 OK~Content-Length: 2~~hi      | 200 | hi         | true
            HTTP/1.1 199 A~~HTTP/1.1 100 B~~HTTP/1.1 200 OK~Content-Length: 2~~hi        | 200 | hi         | true
            HTTP/1.1 100 Continue~Connection: close~~HTTP/1.1 200 OK~Content-Length: 0~~ | 200 |            | false
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~                   | 200 | hello      | true
            HTTP/1.1 200 OK~Transfer-Encoding: CHUNKED~~5~hello~0~~                      | 200 | hello      | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~0~~                              | 200 |            | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~000005~hello~000~~               | 200 | hello      | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~a~0123456789~0~~                 | 200 | 0123456789 | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~A~0123456789~0~~                 | 200 | 0123456789 | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5;a=b;c="d"~hello~0;e~~          | 200 | hello      | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5 ;a~hello~0~~                   | 200 | hello      | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~X-End: 1~Y: 2~~        | 200 | hello      | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~hi~0~Content-Length: 9~~       | 200 | hi         | true
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~hi~0~~more                     | 200 | hi         | false
            HTTP/1.1 200 OK~Connection: close~Transfer-Encoding: chunked~~2~hi~0~~       | 200 | hi         | false
            HTTP/1.1 200 OK^Content-Length: 2^^hi                                        | 200 | hi         | false
            HTTP/1.1 200 OK~Content-Length: 2~X: y^~hi                                   | 200 | hi         | false
            HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~hi~0~X: y^~                    | 200 | hi         | false
            """)
    void anAnswerIsUnderstoodHoweverItComesInPieces(String text, int status, String body, boolean isReusable)
            throws IOException {
        var bytes = bytes(text);
        for (int at = 0; at <= bytes.length; at++) {
            var reader = reader(split(bytes, at));

            var answer = reader.read();

            assertThat(reader.hasBegun()).isTrue();
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body().toUtf8String()).isEqualTo(body == null ? "" : body);
            if (isReusable || at == bytes.length) {
                // What comes behind an answer, and later, is for the connection to see.
                assertThat(answer.isReusable()).isEqualTo(isReusable);
            }
        }
        assertThat(reader(new OneByOne(bytes)).read().status()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.6~",
                "220 mail.example ESMTP~",
                "~HTTP/1.1 200 OK~~",
                " HTTP/1.1 200 OK~~",
                "http/1.1 200 OK~~",
                "HTTP/2.0 200 OK~~",
                "HTTP/1.2 200 OK~~",
                "HTTP/1.10 200 OK~~",
                "HTTP/11 200 OK~~",
                "HTTP/1.1  200 OK~~",
                "HTTP/1.1%200 OK~~",
                "HTTP/1.1 200%OK~~",
                "HTTP/1.1 OK~~",
                "HTTP/1.1 20 OK~~",
                "HTTP/1.1 2000 OK~~",
                "HTTP/1.1 20x OK~~",
                "HTTP/1.1 -20 OK~~",
                "HTTP/1.1 099 Odd~~",
                "HTTP/1.1 600 Odd~~",
                "HTTP/1.1 999 Odd~~",
                "HTTP/1.1 200 O#K~~",
                "HTTP/1.1 200 O\rK~~",
                "HTTP/1.1 101 Switching Protocols~Upgrade: x~~",
                "HTTP/1.1 100 Continue~Content-Length: 1~~xHTTP/1.1 200 OK~~",
                "HTTP/1.1 100 Continue~Transfer-Encoding: chunked~~0~~HTTP/1.1 200 OK~~",
                "HTTP/1.1 200 OK~no colon~~",
                "HTTP/1.1 200 OK~: no name~~",
                "HTTP/1.1 200 OK~A B: c~~",
                "HTTP/1.1 200 OK~A : c~~",
                "HTTP/1.1 200 OK~A\u00e4: c~~",
                "HTTP/1.1 200 OK~A#: c~~",
                "HTTP/1.1 200 OK~A(b): c~~",
                "HTTP/1.1 200 OK~ A: folded at once~~",
                "HTTP/1.1 200 OK~A: b~ folded~~",
                "HTTP/1.1 200 OK~A: b~%folded~~",
                "HTTP/1.1 200 OK~A: b#c~~",
                "HTTP/1.1 200 OK~A: b\rc~~",
                "HTTP/1.1 200 OK~A: b\u0001c~~",
                "HTTP/1.1 200 OK~A: b\u007fc~~",
                "HTTP/1.1 200 OK~A: b\r~~",
                "HTTP/1.1 200 OK~Content-Length: x~~",
                "HTTP/1.1 200 OK~Content-Length:~~",
                "HTTP/1.1 200 OK~Content-Length: -1~~",
                "HTTP/1.1 200 OK~Content-Length: +1~~x",
                "HTTP/1.1 200 OK~Content-Length: 1 1~~x",
                "HTTP/1.1 200 OK~Content-Length: 1, 1~~x",
                "HTTP/1.1 200 OK~Content-Length: 0x1~~x",
                "HTTP/1.1 200 OK~Content-Length: 1.0~~x",
                "HTTP/1.1 200 OK~Content-Length: \u00b2~~x",
                "HTTP/1.1 200 OK~Content-Length: 9999999999999999999~~x",
                "HTTP/1.1 200 OK~Content-Length: 18446744073709551617~~x",
                "HTTP/1.1 200 OK~Content-Length: 1~Content-Length: 2~~xx",
                "HTTP/1.1 200 OK~Content-Length: 5~Transfer-Encoding: chunked~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Content-Length: 0~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: gzip~~x",
                "HTTP/1.1 200 OK~Transfer-Encoding: gzip, chunked~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked, chunked~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Transfer-Encoding: chunked~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: identity~~x",
                "HTTP/1.1 200 OK~Transfer-Encoding: xchunked~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding:~~0~~",
                "HTTP/1.0 200 OK~Transfer-Encoding: chunked~~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~hello~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~-1~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~+1~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~0x1~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ 1~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1 ~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1,2~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~;a~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1;a#~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1;a\rb~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ffffffffffffffff~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1000000000000000~x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1^x~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~x^0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~xy~0~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~x~0~no colon~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~x~0~A B: c~~",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~x~0~ A: folded~~",
            })
    void whatIsNoAnswerIsRefusedHoweverItComesInPieces(String text) {
        var bytes = bytes(text);
        var softly = new SoftAssertions();
        for (int at = 0; at <= bytes.length; at++) {
            var reader = reader(split(bytes, at));
            softly.assertThatThrownBy(reader::read).as("split at %d", at).isInstanceOf(BadAnswerException.class);
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK~Content-Length: 5~~hello",
                "HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~A: b~Content-Length: 5~~hello",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2;a=b~he~3~llo~0~X: y~~",
                "HTTP/1.1 200 OK~Connection: close~Content-Length: 12~~hello, world",
            })
    void anAnswerThatBreaksOffAnywhereIsIncomplete(String text) {
        var bytes = bytes(text);
        for (int length = 0; length < bytes.length; length++) {
            var reader = reader(new ByteArrayInputStream(bytes, 0, length));

            assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
            assertThat(reader.hasBegun()).isEqualTo(length > 0);
        }
    }

    @Test
    void ofALongBodyTheFirstBytesAreKeptAndReadingEndsAtTheLimit() throws IOException {
        var body = "0123456789".repeat(100);
        for (var head : new String[] {
            "HTTP/1.1 200 OK~Content-Length: 1000~~",
            "HTTP/1.1 200 OK~~",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3e8~"
        }) {
            var in = new OneByOne(bytes(head + body));

            var answer = reader(in).read();

            assertThat(answer.body().toUtf8String()).isEqualTo("0123456789");
            assertThat(answer.isReusable()).isFalse();
            assertThat(in.available()).isEqualTo(1000 - MAX_READ);
        }
    }

    @Test
    void aBodyUpToTheLimitIsReadToItsEnd() throws IOException {
        var body = "0123456789".repeat(4);

        assertThat(reader(new OneByOne(bytes("HTTP/1.1 200 OK~Content-Length: 40~~" + body)))
                        .read()
                        .isReusable())
                .isTrue();
        assertThat(reader(new OneByOne(bytes("HTTP/1.1 200 OK~Content-Length: 41~~" + body)))
                        .read()
                        .isReusable())
                .isFalse();
    }

    @Test
    void aBodyInEndlesslyManyPiecesIsNotReadForEver() throws IOException {
        var pieces = new OneByOne(
                bytes("HTTP/1.1 200 OK~Transfer-Encoding: chunked~~" + ("1;" + "a".repeat(250) + "~x~").repeat(1000)));

        var answer = new AnswerReader(pieces, new byte[AnswerReader.BUFFER_BYTES], 10, 100_000).read();

        assertThat(answer.body().toUtf8String()).isEqualTo("xxxxxxxxxx");
        assertThat(answer.isReusable()).isFalse();
        assertThat(pieces.available()).isGreaterThan(150_000);
    }

    @Test
    void aChunkLineHasALimit() throws IOException {
        var start = "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1;";

        assertThat(readOf(start + "a".repeat(252) + "~x~0~~").isReusable()).isTrue();
        assertThatThrownBy(() -> readOf(start + "a".repeat(253) + "~x~0~~")).isInstanceOf(BadAnswerException.class);
    }

    @Test
    void aHeadHasALimit() throws IOException {
        var start = "HTTP/1.1 200 OK~Content-Length: 0~A: ";
        int left = 32 * 1024 - bytes(start + "~~").length;

        assertThat(readOf(start + "a".repeat(left) + "~~").status()).isEqualTo(200);
        assertThatThrownBy(() -> readOf(start + "a".repeat(left + 1) + "~~")).isInstanceOf(BadAnswerException.class);
        assertThatThrownBy(() -> readOf("HTTP/1.1 200 " + "a".repeat(40_000))).isInstanceOf(BadAnswerException.class);
        assertThatThrownBy(() -> readOf("a".repeat(40_000))).isInstanceOf(BadAnswerException.class);
    }

    @Test
    void interimAnswersAndTrailersCountForTheLimitsOfTheHead() {
        var interim = "HTTP/1.1 103 Hints~A: " + "a".repeat(17_000) + "~~";
        var end = "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~0~";
        assertThatThrownBy(() -> readOf(interim + interim + end + "~")).isInstanceOf(BadAnswerException.class);
        assertThatThrownBy(() -> readOf(interim + end + "B: " + "b".repeat(17_000) + "~~"))
                .isInstanceOf(BadAnswerException.class);
        assertThatThrownBy(() -> readOf(end + "B: b~".repeat(200) + "~")).isInstanceOf(BadAnswerException.class);
    }

    @Test
    void thereMayBe200FieldsAndEightInterimAnswers() throws IOException {
        var interim = "HTTP/1.1 103 Hints~~";
        var end = "HTTP/1.1 200 OK~Content-Length: 0~";

        assertThat(readOf(end + "A: b~".repeat(199) + "~").headers()).hasSize(200);
        assertThatThrownBy(() -> readOf(end + "A: b~".repeat(200) + "~")).isInstanceOf(BadAnswerException.class);
        assertThat(readOf(interim.repeat(8) + end + "~").status()).isEqualTo(200);
        assertThatThrownBy(() -> readOf(interim.repeat(9) + end + "~")).isInstanceOf(BadAnswerException.class);
    }

    @Test
    void fieldsAreKeptInOrderAndEscaped() throws IOException {
        var answer = readOf("HTTP/1.1 100 Continue~Lost: yes~~HTTP/1.1 200 OK~B:  caf\u00c3\u00a9%x ~a: 1~B: ~"
                + "Transfer-Encoding: chunked~~0~Dropped: yes~~");

        assertThat(answer.headers())
                .containsExactly(
                        new Header("B", "caf\\xC3\\xA9\\x09x"),
                        new Header("a", "1"),
                        new Header("B", ""),
                        new Header("Transfer-Encoding", "chunked"));
    }

    @Test
    void anAnswerToConnectEndsWithItsHead() throws IOException {
        var reader = reader(new ByteArrayInputStream(bytes("HTTP/1.0 200 Made~Content-Length: 9~~")));

        assertThat(reader.readHead()).isEqualTo(200);
        assertThat(reader.isDrained()).isTrue();
    }

    @Test
    void noBytesMakeTheReaderFailInAnotherWay() {
        var random = new Random(17);
        var seed = bytes("HTTP/1.1 200 OK~A: b~Transfer-Encoding: chunked~~5;x~hello~0~B: c~~");
        for (int i = 0; i < 50_000; i++) {
            var bytes = seed.clone();
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt(256) : '\n');
            }
            try {
                assertThat(reader(split(bytes, random.nextInt(bytes.length)))
                                .read()
                                .status())
                        .isBetween(200, 599);
            } catch (IOException e) {
                assertThat(e).isInstanceOfAny(BadAnswerException.class, EOFException.class);
            }
        }
    }

    private static Answer readOf(String text) throws IOException {
        return reader(new ByteArrayInputStream(bytes(text))).read();
    }

    private static AnswerReader reader(InputStream in) {
        // Small, so that it has to be moved and to grow.
        return new AnswerReader(in, new byte[8], MAX_STORED, MAX_READ);
    }

    private static InputStream split(byte[] bytes, int at) {
        return new SequenceInputStream(
                new ByteArrayInputStream(bytes, 0, at),
                new ByteArrayInputStream(Arrays.copyOfRange(bytes, at, bytes.length)));
    }

    private static byte[] bytes(String text) {
        return text.replace("~", "\r\n")
                .replace("^", "\n")
                .replace("#", "\0")
                .replace("%", "\t")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Gives one byte at a time. */
    private static final class OneByOne extends ByteArrayInputStream {
        OneByOne(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(1, length));
        }
    }
}
