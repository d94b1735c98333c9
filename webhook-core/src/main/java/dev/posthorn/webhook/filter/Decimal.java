package dev.posthorn.webhook.filter;

/**
 * A JSON number, exactly: {@code ±0.digits × 10^exponent}, without zeros at either end of the digits, so that equal numbers
 * are equal however they were written. Reading and comparing cost by the characters of the number, whatever its exponent:
 * this is why it is no {@link java.math.BigDecimal}, which would have to be kept from {@code 1e1000000000}.
 *
 * @param isNegative whether it is below zero; zero is not
 * @param digits empty for zero
 * @param exponent exact up to {@value #FARTHEST}, and that where it would be more
 */
record Decimal(boolean isNegative, String digits, long exponent) implements Comparable<Decimal> {
    /** Where an exponent is cut off. No filter has one that comes near, so comparing with a filter's number stays exact. */
    static final long FARTHEST = 1_000_000_000_000_000L;

    private static final int MOST_EXPONENT_DIGITS = 15;
    private static final int LONGEST_PLAIN = 21;
    private static final int MOST_LEADING_ZEROS = 6;
    private static final Decimal ZERO = new Decimal(false, "", 0);

    /** @param text a number as JSON writes them (RFC 8259 §6) */
    static Decimal of(String text) {
        boolean isNegative = text.charAt(0) == '-';
        int e = Math.max(text.indexOf('e'), text.indexOf('E'));
        var mantissa = text.substring(isNegative ? 1 : 0, e < 0 ? text.length() : e);
        int point = mantissa.indexOf('.');
        int whole = point < 0 ? mantissa.length() : point;
        var all = point < 0 ? mantissa : mantissa.substring(0, point) + mantissa.substring(point + 1);
        int start = 0;
        while (start < all.length() && all.charAt(start) == '0') {
            start++;
        }
        if (start == all.length()) {
            return ZERO;
        }
        int end = all.length();
        while (all.charAt(end - 1) == '0') {
            end--;
        }
        long exponent = (e < 0 ? 0 : exponent(text.substring(e + 1))) + whole - start;
        return new Decimal(isNegative, all.substring(start, end), Math.max(-FARTHEST, Math.min(FARTHEST, exponent)));
    }

    private static long exponent(String text) {
        boolean isNegative = text.charAt(0) == '-';
        int start = isNegative || text.charAt(0) == '+' ? 1 : 0;
        while (start < text.length() - 1 && text.charAt(start) == '0') {
            start++;
        }
        long amount = text.length() - start > MOST_EXPONENT_DIGITS
                ? FARTHEST
                : Long.parseLong(text, start, text.length(), 10);
        return isNegative ? -amount : amount;
    }

    @Override
    public int compareTo(Decimal other) {
        if (sign() != other.sign()) {
            return Integer.compare(sign(), other.sign());
        }
        int byAmount =
                exponent == other.exponent ? digits.compareTo(other.digits) : Long.compare(exponent, other.exponent);
        return isNegative ? -byAmount : byAmount;
    }

    private int sign() {
        if (digits.isEmpty()) {
            return 0;
        }
        return isNegative ? -1 : 1;
    }

    /** As JSON writes it, shortly, and for equal numbers the same. */
    @Override
    public String toString() {
        return digits.isEmpty() ? "0" : (isNegative ? "-" : "") + amount();
    }

    private String amount() {
        int count = digits.length();
        if (exponent > 0 && exponent < count) {
            return digits.substring(0, (int) exponent) + "." + digits.substring((int) exponent);
        }
        if (exponent >= count && exponent <= LONGEST_PLAIN) {
            return digits + "0".repeat((int) exponent - count);
        }
        if (exponent <= 0 && exponent > -MOST_LEADING_ZEROS) {
            return "0." + "0".repeat((int) -exponent) + digits;
        }
        return digits.charAt(0) + (count == 1 ? "" : "." + digits.substring(1)) + "e" + (exponent - 1);
    }
}
