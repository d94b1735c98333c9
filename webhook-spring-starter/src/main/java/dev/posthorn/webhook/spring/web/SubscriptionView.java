package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.CreatedSubscription;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.RotatedSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.WebhookDispatcher;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes JSON of subscriptions. */
final class SubscriptionView {
    private final WebhookDispatcher webhooks;

    SubscriptionView(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    SubscriptionJson shown(Subscription subscription) {
        // Where it was deleted since it was read, there is no secret any more.
        var masked = webhooks.subscriptions().maskedSecret(subscription).orElse("****");
        return SubscriptionJson.of(subscription, masked, lane(subscription));
    }

    SubscriptionJson created(CreatedSubscription created) {
        var subscription = created.subscription();
        return SubscriptionJson.of(subscription, created.secret().masked(), LaneState.IDLE)
                .with(created.secret());
    }

    SubscriptionJson rotated(RotatedSecret rotated) {
        var subscription = rotated.subscription();
        return SubscriptionJson.of(subscription, rotated.secret().masked(), lane(subscription))
                .with(rotated.secret())
                .overlapEndsAt(rotated.overlapEndsAt());
    }

    ResponseEntity<SubscriptionJson> answer(Subscription subscription) {
        return Answers.begin(HttpStatus.OK).eTag(EntityTags.of(subscription)).body(shown(subscription));
    }

    /** What a {@code PUT} would have to say to set a subscription as it is, but with this put in. */
    JsonNode patched(Subscription before, JsonNode patch) {
        ObjectNode whole = RestJson.MAPPER.valueToTree(shown(before));
        whole.retain(SubscriptionReader.CHANGEABLE);
        patch.forEachEntry(whole::set);
        return whole;
    }

    private LaneState lane(Subscription subscription) {
        return webhooks.lane(subscription.id());
    }
}
