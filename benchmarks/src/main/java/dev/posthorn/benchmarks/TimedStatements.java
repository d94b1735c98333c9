package dev.posthorn.benchmarks;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/**
 * Times what is executed as plain text, such as all that changes tables, with its commit: the server's own statistics leave that out.
 * Safe for use by several threads.
 */
final class TimedStatements {
    private final DataSource pool;
    private final Map<String, List<Double>> times = new TreeMap<>();

    TimedStatements(DataSource pool) {
        this.pool = pool;
    }

    /** The same pool, timed. */
    DataSource dataSource() {
        return around(
                DataSource.class,
                pool,
                (method, result) -> result instanceof Connection connection
                        ? around(
                                Connection.class,
                                connection,
                                (inner, made) -> made instanceof Statement statement && inner.equals("createStatement")
                                        ? around(Statement.class, statement, (any, same) -> same)
                                        : made)
                        : result);
    }

    /** What each kind of statement took, in milliseconds; the kind being its text without numbers. */
    synchronized Map<String, List<Double>> times() {
        return new TreeMap<>(times);
    }

    private synchronized void took(String text, long nanos) {
        times.computeIfAbsent(text.replaceAll("\\s+", " ").replaceAll("[0-9]{4,}", "…"), any -> new ArrayList<>())
                .add(nanos / 1e6);
    }

    private interface Then {
        Object apply(String method, Object result);
    }

    private <T> T around(Class<T> type, T real, Then then) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    long start = System.nanoTime();
                    try {
                        return then.apply(method.getName(), method.invoke(real, arguments));
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    } finally {
                        if (method.getName().equals("execute") && arguments != null) {
                            took((String) arguments[0], System.nanoTime() - start);
                        }
                    }
                }));
    }
}
