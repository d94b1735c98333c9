package dev.posthorn.webhook.transport;

/** The characters of HTTP's header fields (RFC 9110 §5). */
final class HttpText {
    private static final boolean[] IN_TOKEN = new boolean[128];

    static {
        for (char c = '0'; c <= 'z'; c++) {
            IN_TOKEN[c] = (c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a');
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            IN_TOKEN[c] = true;
        }
    }

    private HttpText() {}

    /** Whether a character, or a byte of a message, may be in a name. */
    static boolean isInToken(int c) {
        return c >= 0 && c < IN_TOKEN.length && IN_TOKEN[c];
    }

    /** Whether a text is a name. */
    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isInToken(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Whether a text may be sent as a value: visible ASCII, spaces and tabs. */
    static boolean isValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > '~' || isControl(c)) {
                return false;
            }
        }
        return true;
    }

    /** Whether an unsigned byte is a control character other than a tab. */
    static boolean isControl(int c) {
        return (c < ' ' && c != '\t') || c == 0x7f;
    }
}
