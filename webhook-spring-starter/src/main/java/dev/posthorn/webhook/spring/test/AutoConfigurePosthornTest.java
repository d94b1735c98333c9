package dev.posthorn.webhook.spring.test;

import dev.posthorn.webhook.spring.PosthornAutoConfiguration;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * On a test with a Spring context, has Posthorn keep everything in memory, where it can be tried without a database or time
 * passing. These beans can be injected:
 *
 * <ul>
 *   <li>{@link dev.posthorn.webhook.tck.MovableClock}: stands still until the test moves it, and retries with it
 *   <li>{@link dev.posthorn.webhook.tck.RecordingReceiver}: an endpoint on this machine
 *   <li>{@link dev.posthorn.webhook.WebhookDispatcher}, which delivers to such endpoints over HTTP
 * </ul>
 *
 * <p>What is published in a transaction is delivered once that has committed, and not at all if it rolls back; so a test
 * that is itself {@code @Transactional} sees nothing delivered. The beans live as long as the context, which may be that of
 * several tests: give each test a path of its own.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration({PosthornTestAutoConfiguration.class, PosthornAutoConfiguration.class})
public @interface AutoConfigurePosthornTest {}
