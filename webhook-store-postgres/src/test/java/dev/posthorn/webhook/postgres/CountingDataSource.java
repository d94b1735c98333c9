package dev.posthorn.webhook.postgres;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A real data source that keeps what is executed on its connections. */
final class CountingDataSource implements DataSource {
    private final DataSource real;
    private final List<String> executed = new CopyOnWriteArrayList<>();

    CountingDataSource(DataSource real) {
        this.real = real;
    }

    /** The statements and commits since the last call, each by its first words. */
    List<String> take() {
        var taken = List.copyOf(executed);
        executed.clear();
        return taken;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return watched(Connection.class, real.getConnection(), "");
    }

    private <T> T watched(Class<T> type, T target, String sql) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    var name = method.getName();
                    if (name.startsWith("execute")) {
                        executed.add(arguments != null && arguments[0] instanceof String text ? text : sql);
                    } else if (name.equals("commit") || name.equals("rollback")) {
                        executed.add(name);
                    }
                    try {
                        var result = method.invoke(target, arguments);
                        if (result instanceof PreparedStatement statement) {
                            return watched(PreparedStatement.class, statement, (String) arguments[0]);
                        }
                        return result instanceof Statement statement ? watched(Statement.class, statement, "") : result;
                    } catch (InvocationTargetException problem) {
                        throw problem.getCause();
                    }
                }));
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return real.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }
}
