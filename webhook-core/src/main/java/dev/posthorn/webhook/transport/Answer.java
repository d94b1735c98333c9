package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.Header;
import java.util.List;

/**
 * What was read of an answer.
 *
 * @param status 200 to 599
 * @param headers what is kept of the header
 * @param body the first bytes of the body
 * @param isReusable whether the connection can carry another request: the answer was read to its one end
 */
record Answer(int status, List<Header> headers, Bytes body, boolean isReusable) {}
