package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.Health.Part;
import dev.posthorn.webhook.Health.Status;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks how everything is: the dispatcher, which knows by itself, and what has to be asked over a network, which is given two
 * seconds. Many who ask at once share the answers. Safe for use by several threads.
 */
final class HealthProbe implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthProbe.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration SILENT = Duration.ofSeconds(10);

    private final WebhookDispatcher webhooks;
    private final List<Question> questions = new ArrayList<>();
    private final ExecutorService executor = Executors.newCachedThreadPool(work -> {
        var thread = new Thread(work, "posthorn-health");
        thread.setDaemon(true);
        return thread;
    });

    HealthProbe(WebhookDispatcher webhooks, List<HealthPart> parts) {
        this.webhooks = webhooks;
        parts.forEach(part -> questions.add(new Question(part.name(), () -> List.of(part.check()))));
        questions.add(new Question("workers", this::workers));
    }

    Health health() {
        var parts = new ArrayList<>(webhooks.health().parts());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        var asked = questions.stream().map(Question::ask).toList();
        for (int i = 0; i < asked.size(); i++) {
            parts.addAll(questions.get(i).answer(asked.get(i), deadline));
        }
        return Health.of(parts);
    }

    /** A part for each node that delivers. */
    private List<Part> workers() {
        var nodes = webhooks.nodes();
        if (nodes.isEmpty()) {
            return List.of(new Part("workers", Status.DEGRADED, "no node delivers"));
        }
        var parts = new ArrayList<Part>();
        nodes.forEach((node, silentFor) -> parts.add(new Part(
                "worker." + node,
                silentFor.compareTo(SILENT) > 0 ? Status.DEGRADED : Status.UP,
                "said " + silentFor.toSeconds() + " s ago that it lives")));
        return parts;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }

    /** Something that is asked by one thread at a time, however many wait for the answer. */
    private final class Question {
        private final String name;
        private final Supplier<List<Part>> answers;
        private @Nullable CompletableFuture<List<Part>> asked;

        Question(String name, Supplier<List<Part>> answers) {
            this.name = name;
            this.answers = answers;
        }

        synchronized CompletableFuture<List<Part>> ask() {
            var last = asked;
            if (last != null && !last.isDone()) {
                return last;
            }
            var next = CompletableFuture.supplyAsync(answers, executor);
            asked = next;
            return next;
        }

        List<Part> answer(CompletableFuture<List<Part>> answer, long deadline) {
            try {
                return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return down("does not answer");
            } catch (ExecutionException e) {
                log.debug("{} is down", name, e.getCause());
                return down("cannot be reached");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return down("was not waited for");
            }
        }

        private List<Part> down(String detail) {
            return List.of(new Part(name, Status.DOWN, detail));
        }
    }
}
