package dev.posthorn.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A system that lives in an application of Spring Boot, and joins the transactions that Spring makes. */
abstract class SpringContender extends Contender {
    final ConfigurableApplicationContext context;
    private final TransactionTemplate transactions;

    /**
     * Starts the application, with the pool as its data source.
     *
     * @param settings as in its application.properties
     */
    SpringContender(
            String name, PostgresServer server, int connections, Calls calls, Class<?> application, String... settings)
            throws SQLException {
        super(name, server, connections);
        // It would set up the logging of all that runs here.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        context = new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .registerShutdownHook(false)
                .properties(settings)
                .initializers(given -> {
                    var beans = (GenericApplicationContext) given;
                    beans.registerBean(DataSource.class, () -> pool, bean -> bean.setDestroyMethodName(""));
                    beans.registerBean(Calls.class, () -> calls);
                })
                .run();
        transactions = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
    }

    /** Publishes them in Spring's transaction. */
    abstract void publishJoined(int first, int count, long at);

    @Override
    void publish(Connection host, int first, int count, long at) {
        throw new UnsupportedOperationException("its transactions are Spring's");
    }

    @Override
    void publish(int first, int count, long at) {
        transactions.executeWithoutResult(status -> publishJoined(first, count, at));
    }

    @Override
    void publishWithOrder(int n) {
        transactions.executeWithoutResult(status -> {
            try {
                insertOrder(DataSourceUtils.getConnection(pool));
            } catch (SQLException problem) {
                throw new IllegalStateException(problem);
            }
            publishJoined(n, 1, System.nanoTime());
        });
    }

    @Override
    public void close() {
        context.close();
        super.close();
    }
}
