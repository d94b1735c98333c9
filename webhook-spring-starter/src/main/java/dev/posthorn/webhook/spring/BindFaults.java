package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.InvalidInputException.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.ResolvableType;
import org.springframework.util.unit.DataSize;

/**
 * Gathers what cannot be read of the properties under {@code posthorn}, and names that are none: by itself Spring would tell of the
 * first only. Defaults stand in for it until {@link Settings} refuses all that is wrong.
 */
final class BindFaults implements ConfigurationPropertiesBindHandlerAdvisor {
    private static final ConfigurationPropertyName OURS = ConfigurationPropertyName.of("posthorn");

    private final List<ConfigurationPropertyName> unreadable = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();

    List<Fault> faults() {
        return faults;
    }

    @Override
    public BindHandler apply(BindHandler handler) {
        return new Gathering(handler);
    }

    private final class Gathering extends AbstractBindHandler {
        Gathering(BindHandler handler) {
            super(handler);
        }

        @Override
        public @Nullable Object onFailure(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error)
                throws Exception {
            if (!OURS.isAncestorOf(name)) {
                return super.onFailure(name, target, context, error);
            }
            if (error instanceof UnboundConfigurationPropertiesException unbound) {
                // Elements of a list are read up to the first that cannot be, or is not there.
                gather(unbound, "is not reached, because one before it is missing");
            } else {
                faults.add(new Fault(name.toString(), problem(target.getType(), context)));
            }
            unreadable.add(name);
            return null;
        }

        @Override
        public void onFinish(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, @Nullable Object result)
                throws Exception {
            try {
                super.onFinish(name, target, context, result);
            } catch (UnboundConfigurationPropertiesException unbound) {
                if (!OURS.equals(name)) {
                    throw unbound;
                }
                gather(unbound, "is no property of Posthorn");
            }
        }

        /** What could not be read, and elements of lists that come after it, are among what is unbound. */
        private void gather(UnboundConfigurationPropertiesException unbound, String problem) {
            unbound.getUnboundProperties().stream()
                    .map(property -> property.getName())
                    .filter(name -> unreadable.stream()
                            .noneMatch(known -> known.equals(name)
                                    || known.isAncestorOf(name)
                                    || (known.isLastElementIndexed()
                                            && known.getParent().isAncestorOf(name))))
                    .forEach(name -> faults.add(new Fault(name.toString(), problem)));
        }
    }

    private static String problem(ResolvableType type, BindContext context) {
        var wanted = type.hasGenerics()
                ? kind(type.getGeneric(0).resolve(Object.class)) + ", parted by commas"
                : kind(type.resolve(Object.class));
        var property = context.getConfigurationProperty();
        return "must be " + wanted + (property == null ? "" : ", is " + property.getValue());
    }

    private static String kind(Class<?> type) {
        if (type == Duration.class) {
            return "a time such as 10s";
        }
        if (type == DataSize.class) {
            return "a size such as 64KB";
        }
        if (type == Integer.class || type == int.class) {
            return "a whole number";
        }
        if (type == double.class) {
            return "a number";
        }
        if (type == boolean.class) {
            return "true or false";
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", ", "one of ", ""));
        }
        return "a text";
    }
}
