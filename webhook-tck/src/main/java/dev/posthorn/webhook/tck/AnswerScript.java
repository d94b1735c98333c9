package dev.posthorn.webhook.tck;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RecordingReceiver} answers, request by request: a sequence, each answer used once, and then a default.
 * Safe for use by several threads.
 */
public final class AnswerScript {
    private final Deque<Answer> sequence = new ArrayDeque<>();
    private @Nullable Function<ReceivedRequest, Answer> byDefault;

    AnswerScript() {}

    /** Adds answers to the end of the sequence. */
    public synchronized AnswerScript next(Answer... answers) {
        sequence.addAll(Arrays.asList(answers));
        return this;
    }

    /** Adds answers with these statuses to the end of the sequence. */
    public AnswerScript next(int... statuses) {
        return next(Arrays.stream(statuses).mapToObj(Answer::status).toArray(Answer[]::new));
    }

    /** What is answered when the sequence is used up. */
    public AnswerScript byDefault(Answer answer) {
        return byDefault(request -> answer);
    }

    /**
     * What is answered when the sequence is used up, by the request.
     *
     * @param answer must not wait, as other requests wait for it; an answer that comes late is {@linkplain Answer#heldBy held}
     */
    public synchronized AnswerScript byDefault(Function<ReceivedRequest, Answer> answer) {
        byDefault = answer;
        return this;
    }

    /** The answer to this request; {@code null} if the script says nothing. */
    synchronized @Nullable Answer answer(ReceivedRequest request) {
        var next = sequence.poll();
        if (next != null) {
            return next;
        }
        return byDefault == null ? null : byDefault.apply(request);
    }
}
