package dev.posthorn.examples.shop;

import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Takes orders. An order and the event that tells of it are both there, or neither is. */
@RestController
class OrderController {
    private final JdbcClient database;
    private final WebhookPublisher webhooks;

    OrderController(JdbcClient database, WebhookPublisher webhooks) {
        this.database = database;
        this.webhooks = webhooks;
    }

    @PostMapping("/orders")
    @ResponseStatus(HttpStatus.CREATED)
    @Transactional
    Order place(@RequestBody Order order) {
        webhooks.publish(WebhookEvent.json("order.created", order));
        database.sql("INSERT INTO orders (id, item) VALUES (?, ?)")
                .params(order.id(), order.item())
                .update();
        return order;
    }

    @ExceptionHandler
    @ResponseStatus(HttpStatus.CONFLICT)
    void alreadyPlaced(DuplicateKeyException ignored) {}
}
