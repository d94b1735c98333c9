package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one HTTP/1.1 answer (RFC 9112) from a stream, within limits and strictly: what two readers could understand
 * differently is no answer. Whoever sends it may be hostile, so nothing grows without bound, and everything costs at
 * most a few looks at each byte. For one answer and one thread; how the bytes come in pieces makes no difference.
 */
final class AnswerReader {
    /** How large a buffer should be, to hold the head of most answers. */
    static final int BUFFER_BYTES = 4 * 1024;

    private static final int MOST_HEAD_BYTES = 32 * 1024;
    private static final int MOST_FIELDS = 200;
    private static final int MOST_INTERIM = 8;
    private static final int MOST_CHUNK_LINE_BYTES = 256;
    /** Of the lines between chunks together, so that a body in tiny pieces costs no more than another. */
    private static final int MOST_FRAMING_BYTES = 64 * 1024;

    private static final int MOST_LENGTH_DIGITS = 18; // all numbers of so many digits fit in a long
    private static final int MOST_CHUNK_DIGITS = 15;

    private static final String VERSION = "HTTP/1.";
    private static final int STATUS_LINE_BYTES = "HTTP/1.1 200".length();

    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int FIRST_FINAL = 200;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final int LAST = 599;

    private static final long NONE = -1;
    private static final int FIRST_STORED_BYTES = 512;

    private final InputStream in;
    private final int maxStored;
    private final int maxRead;
    private byte[] buffer;
    private int position;
    private int end;
    private boolean hasBegun;

    // The line read last, without its end.
    private int lineStart;
    private int lineEnd;
    private boolean isBareLine;

    private int headLeft = MOST_HEAD_BYTES;
    private int fieldsLeft = MOST_FIELDS;
    private AnswerHeaders headers = new AnswerHeaders();
    private long contentLength = NONE;
    private boolean isChunked;
    private boolean isOld; // HTTP/1.0
    private boolean isLast; // of its connection
    private int read;

    /**
     * @param buffer used as long as it is large enough, and of no use to others meanwhile
     * @param maxStored how many bytes of the body to keep
     * @param maxRead how many bytes of the body to read
     */
    AnswerReader(InputStream in, byte[] buffer, int maxStored, int maxRead) {
        this.in = in;
        this.buffer = buffer;
        this.maxStored = maxStored;
        this.maxRead = maxRead;
    }

    /** Whether any byte has come. */
    boolean hasBegun() {
        return hasBegun;
    }

    /**
     * Reads the final answer, and its body to its end or the limit.
     *
     * @throws BadAnswerException if it is none, or beyond the limits
     * @throws EOFException if the stream ends before it does
     */
    Answer read() throws IOException {
        int status = readFinalHead();
        long expected = contentLength == NONE ? FIRST_STORED_BYTES : contentLength;
        var stored = new ByteArrayOutputStream((int) Math.min(maxStored, expected));
        boolean isComplete = readBody(status, stored);
        return new Answer(
                status, headers.list(), Bytes.wrap(stored.toByteArray()), isComplete && !isLast && isDrained());
    }

    /**
     * Reads the head of a final answer alone: to a CONNECT, which has no body if the tunnel is made (RFC 9112 §6.3).
     *
     * @return its status
     */
    int readHead() throws IOException {
        return readFinalHead();
    }

    /** Whether nothing was taken from the stream beyond what was read. */
    boolean isDrained() {
        return position == end;
    }

    private int readFinalHead() throws IOException {
        for (int interim = 0; interim <= MOST_INTERIM; interim++) {
            int status = readHeadOfOne();
            if (status >= FIRST_FINAL) {
                return status;
            }
            // Interim answers have no body (RFC 9112 §6.3), and one that says it had could be read in two ways.
            if (status == SWITCHING_PROTOCOLS || isChunked || contentLength > 0) {
                throw new BadAnswerException("interim answer");
            }
            headers = new AnswerHeaders();
            contentLength = NONE;
        }
        throw new BadAnswerException("too many interim answers");
    }

    private int readHeadOfOne() throws IOException {
        readHeadLine();
        int status = status();
        while (readHeadLine()) {
            readField(true);
        }
        if (isChunked && contentLength != NONE) {
            throw new BadAnswerException("two framings");
        }
        return status;
    }

    /** Reads a line of the head or the trailer. Returns whether there is something in it. */
    private boolean readHeadLine() throws IOException {
        headLeft -= readLine(headLeft);
        // Readers may take it for a line's end or not (RFC 9112 §2.2). Here it is one, for the sake of old scripts, but
        // nothing that follows on such a connection is believed.
        isLast |= isBareLine;
        return lineEnd > lineStart;
    }

    private int status() throws IOException {
        int length = lineEnd - lineStart;
        var line = latin1(lineStart, Math.min(lineEnd, lineStart + STATUS_LINE_BYTES));
        if (!line.startsWith(VERSION)
                || length < STATUS_LINE_BYTES
                || (length > STATUS_LINE_BYTES && buffer[lineStart + STATUS_LINE_BYTES] != ' ')) {
            throw new BadAnswerException("status line");
        }
        char minor = line.charAt(VERSION.length());
        if ((minor != '0' && minor != '1') || line.charAt(VERSION.length() + 1) != ' ') {
            throw new BadAnswerException("version");
        }
        refuseControls(lineStart, lineEnd);
        int status = (int) number(lineStart + VERSION.length() + 2, lineStart + STATUS_LINE_BYTES, 3);
        if (status < 100 || status > LAST) {
            throw new BadAnswerException("status");
        }
        isOld = minor == '0';
        isLast |= isOld;
        return status;
    }

    private void readField(boolean isHead) throws IOException {
        if (fieldsLeft-- == 0) {
            throw new BadAnswerException("too many fields");
        }
        // A line that begins with a space would go on with the one before, or not, depending on the reader.
        int colon = lineStart;
        while (colon < lineEnd && HttpText.isInToken(buffer[colon])) {
            colon++;
        }
        if (colon == lineStart || colon == lineEnd || buffer[colon] != ':') {
            throw new BadAnswerException("field name");
        }
        int from = colon + 1;
        int to = lineEnd;
        while (from < to && isBlank(buffer[from])) {
            from++;
        }
        while (from < to && isBlank(buffer[to - 1])) {
            to--;
        }
        refuseControls(from, to);
        if (isHead) {
            var name = latin1(lineStart, colon);
            var value = latin1(from, to);
            headers.add(name, value);
            understand(name, value, from, to);
        }
    }

    private void understand(String name, String value, int from, int to) throws IOException {
        if (name.equalsIgnoreCase("Content-Length")) {
            long length = number(from, to, MOST_LENGTH_DIGITS);
            if (contentLength != NONE && contentLength != length) {
                throw new BadAnswerException("two lengths");
            }
            contentLength = length;
        } else if (name.equalsIgnoreCase("Transfer-Encoding")) {
            // Nothing else was offered. Twice, or in HTTP/1.0, it could be meant in more than one way (RFC 9112 §6.1).
            if (!value.equalsIgnoreCase("chunked") || isChunked || isOld) {
                throw new BadAnswerException("transfer encoding");
            }
            isChunked = true;
        } else if (name.equalsIgnoreCase("Connection")) {
            for (var option : value.split(",", -1)) {
                isLast |= option.strip().equalsIgnoreCase("close");
            }
        }
    }

    /** Returns whether the body was read to its end, and the connection stands behind it. */
    private boolean readBody(int status, ByteArrayOutputStream stored) throws IOException {
        if (status == NO_CONTENT || status == NOT_MODIFIED) {
            // They have none, whatever they say (RFC 9112 §6.3). If they say something, it may come all the same.
            return !isChunked && contentLength <= 0;
        }
        if (isChunked) {
            return readChunks(stored);
        }
        if (contentLength != NONE) {
            return readBytes(contentLength, stored);
        }
        isLast = true;
        while (read < maxRead && (position < end || fill())) {
            take(Long.MAX_VALUE, stored);
        }
        return false;
    }

    private boolean readChunks(ByteArrayOutputStream stored) throws IOException {
        int framing = 0;
        while (true) {
            framing += readChunkLine();
            long size = chunkSize();
            if (size == 0) {
                break;
            }
            if (!readBytes(size, stored) || read == maxRead) {
                return false;
            }
            framing += readChunkLine();
            if (lineEnd > lineStart) {
                throw new BadAnswerException("chunk longer than its size");
            }
            if (framing > MOST_FRAMING_BYTES) {
                return false;
            }
        }
        while (readHeadLine()) {
            // A trailer, whose fields say nothing about this message.
            readField(false);
        }
        return true;
    }

    /** Reads so many bytes, or up to the limit. Returns whether it was all. */
    private boolean readBytes(long count, ByteArrayOutputStream stored) throws IOException {
        long left = count;
        while (left > 0) {
            if (read == maxRead) {
                return false;
            }
            if (position == end) {
                need();
            }
            left -= take(left, stored);
        }
        return true;
    }

    /** Takes of what is in the buffer as much as is asked for and allowed. */
    private int take(long most, ByteArrayOutputStream stored) {
        int count = (int) Math.min(most, Math.min(end - position, maxRead - read));
        stored.write(buffer, position, Math.min(count, maxStored - stored.size()));
        read += count;
        position += count;
        return count;
    }

    private int readChunkLine() throws IOException {
        int length = readLine(MOST_CHUNK_LINE_BYTES);
        if (isBareLine) {
            throw new BadAnswerException("chunk line without a carriage return");
        }
        return length;
    }

    private long chunkSize() throws IOException {
        refuseControls(lineStart, lineEnd);
        int digitsEnd = lineStart;
        long size = 0;
        while (digitsEnd < lineEnd && hexDigit(buffer[digitsEnd]) >= 0) {
            size = size * 16 + hexDigit(buffer[digitsEnd]);
            if (++digitsEnd - lineStart > MOST_CHUNK_DIGITS) {
                throw new BadAnswerException("chunk size");
            }
        }
        int after = digitsEnd;
        while (after < lineEnd && isBlank(buffer[after])) {
            after++;
        }
        // What is behind a semicolon are extensions, which nobody uses.
        if (digitsEnd == lineStart || (digitsEnd < lineEnd && (after == lineEnd || buffer[after] != ';'))) {
            throw new BadAnswerException("chunk size");
        }
        return size;
    }

    private long number(int from, int to, int mostDigits) throws IOException {
        if (from == to || to - from > mostDigits) {
            throw new BadAnswerException("number");
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            if (buffer[i] < '0' || buffer[i] > '9') {
                throw new BadAnswerException("number");
            }
            number = number * 10 + (buffer[i] - '0');
        }
        return number;
    }

    /** A carriage return within a line is one of them. */
    private void refuseControls(int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            if (HttpText.isControl(buffer[i] & 0xff)) {
                throw new BadAnswerException("control character");
            }
        }
    }

    /** Reads up to the next line feed. Returns how many bytes that was. */
    private int readLine(int most) throws IOException {
        int seen = 0;
        while (true) {
            for (; position + seen < end; seen++) {
                if (seen == most) {
                    throw new BadAnswerException("too long");
                }
                if (buffer[position + seen] == '\n') {
                    int length = seen + 1;
                    isBareLine = seen == 0 || buffer[position + seen - 1] != '\r';
                    lineStart = position;
                    lineEnd = position + (isBareLine ? seen : seen - 1);
                    position += length;
                    return length;
                }
            }
            if (seen == most) {
                throw new BadAnswerException("too long");
            }
            need();
        }
    }

    private void need() throws IOException {
        if (!fill()) {
            throw new EOFException();
        }
    }

    /** Reads what there is, behind what was not taken yet. Returns whether there was anything. */
    private boolean fill() throws IOException {
        if (position == end) {
            position = 0;
            end = 0;
        } else if (end == buffer.length && position > 0) {
            System.arraycopy(buffer, position, buffer, 0, end - position);
            end -= position;
            position = 0;
        } else if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            return false;
        }
        hasBegun = true;
        end += count;
        return true;
    }

    private String latin1(int from, int to) {
        return new String(buffer, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static int hexDigit(byte b) {
        return b < 0 ? -1 : Character.digit((char) b, 16);
    }
}
