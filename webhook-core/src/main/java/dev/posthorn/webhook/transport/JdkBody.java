package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Bytes;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer's body up to a limit, keeps its first bytes, and closes the connection at the limit. For one answer;
 * the client calls it one call at a time.
 */
final class JdkBody implements HttpResponse.BodySubscriber<Bytes> {
    private final int maxStored;
    private final int maxRead;
    private final ByteArrayOutputStream stored = new ByteArrayOutputStream();
    private final CompletableFuture<Bytes> whole = new CompletableFuture<>();
    private int read;
    private volatile Flow.@Nullable Subscription source;

    JdkBody(int maxStored, int maxRead) {
        this.maxStored = maxStored;
        this.maxRead = maxRead;
    }

    /** Whether a status and a header have come. May be asked by another thread. */
    boolean hasBegun() {
        return source != null;
    }

    @Override
    public CompletionStage<Bytes> getBody() {
        return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (var buffer : buffers) {
            var kept = new byte[Math.min(buffer.remaining(), maxStored - stored.size())];
            read += Math.min(buffer.remaining(), maxRead - read);
            buffer.get(kept);
            stored.writeBytes(kept);
        }
        var subscription = source;
        if (subscription == null || whole.isDone()) {
            return;
        }
        if (read < maxRead) {
            subscription.request(1);
        } else {
            subscription.cancel();
            onComplete();
        }
    }

    @Override
    public void onError(Throwable failure) {
        whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        whole.complete(Bytes.wrap(stored.toByteArray()));
    }
}
