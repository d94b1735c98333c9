package dev.posthorn.webhook;

import java.util.Map;

/**
 * Gives requests headers that only the host can know when they are sent, such as an access token that is good for some
 * minutes. Asked before every attempt, on the thread that sends it, so that it may block; several attempts ask at once.
 * Registered with {@link WebhookDispatcher.Builder#headers}.
 *
 * <p>Its time counts as the attempt's: what it takes is missing from the attempt's timeout, and if it takes all of that, its
 * thread is interrupted and the attempt has failed, with nothing sent. One that ignores interrupts holds its
 * subscription's place until it returns, but even then nothing is sent. Look tokens up in a cache, and give what fetches
 * them a timeout of its own.
 */
@FunctionalInterface
public interface HeaderProvider {
    /**
     * The headers to add. They follow the rules for a subscription's: at most 64, 8 KB in all, none of those that belong to
     * the connection or to Posthorn. They replace the event's and the subscription's of the same name, and those of
     * providers registered before.
     *
     * @return may be empty
     * @throws Exception if they cannot be had: the attempt fails with {@link AttemptOutcome#ERROR}, with nothing sent, and
     *     is tried again as others are. The exception's class is noted with the attempt and logged, its message is not, for
     *     it may hold a credential
     */
    Map<String, String> headersFor(OutgoingRequest request) throws Exception;
}
