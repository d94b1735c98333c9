package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Page;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A part of a list, and what to ask for to get the next one. */
record PageJson<T>(List<T> items, @Nullable String next) {
    /** How many items a page has, unless asked for otherwise. */
    static final int LIMIT = 100;

    static <S, T> PageJson<T> of(Page<S> page, Function<S, T> json) {
        return new PageJson<>(page.items().stream().map(json).toList(), page.next());
    }
}
