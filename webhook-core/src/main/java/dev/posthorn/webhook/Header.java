package dev.posthorn.webhook;

/**
 * One header field of a request or a response. A name may come more than once in a list of them.
 *
 * @param name as it was sent; compare it ignoring case (RFC 9110 §5.1)
 * @param value without the line's end; of a response, bytes outside visible ASCII are escaped as <code>\xHH</code>
 */
public record Header(String name, String value) {}
