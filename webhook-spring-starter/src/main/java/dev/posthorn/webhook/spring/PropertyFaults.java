package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Gathers what is wrong with properties, so that all of it is said at once, by their names. */
final class PropertyFaults {
    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");

    private final List<Fault> faults;
    private final Set<String> unreadable;

    PropertyFaults() {
        this(List.of());
    }

    /** @param unreadable what is known already of properties in whose place there are defaults now */
    PropertyFaults(List<Fault> unreadable) {
        faults = new ArrayList<>(unreadable);
        this.unreadable = unreadable.stream().map(Fault::field).collect(Collectors.toSet());
    }

    void add(String property, String problem) {
        if (!unreadable.contains(property)) {
            faults.add(new Fault(property, problem));
        }
    }

    /**
     * What is made of the properties with this prefix.
     *
     * @param prefix what stands before the names of fields in faults, such as {@code posthorn.retry.}
     * @return {@code null} if it cannot be made
     */
    <T> @Nullable T in(String prefix, Supplier<? extends @Nullable T> made) {
        try {
            return made.get();
        } catch (InvalidInputException wrong) {
            wrong.faults().forEach(fault -> add(prefix + kebab(fault.field()), fault.problem()));
            return null;
        }
    }

    /** What is made of this one property; {@code null} if it cannot be made. */
    <T> @Nullable T of(String property, Supplier<T> made) {
        try {
            return made.get();
        } catch (InvalidInputException wrong) {
            wrong.faults().forEach(fault -> add(property, fault.problem()));
            return null;
        }
    }

    /** As properties are written: {@code maxInFlight} is {@code max-in-flight}. */
    private static String kebab(String field) {
        return CAPITAL.matcher(field)
                .replaceAll(capital -> "-" + capital.group().toLowerCase(Locale.ROOT));
    }

    void throwIfAny() {
        if (!faults.isEmpty()) {
            throw new InvalidSettingsException(faults);
        }
    }
}
