package dev.posthorn.webhook.redis;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.StoreException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One claim from all shards: each is asked for its part, another one first each time, and those that have more are asked
 * again for what the others have left. One that fails does not hinder the others.
 */
final class ShardedClaim {
    private final Shards shards;
    private final ClaimRequest request;
    private final long number;
    private final List<Lease> leases = new ArrayList<>();
    private final Map<UUID, Integer> taken = new HashMap<>();
    private final Set<Integer> failed = new HashSet<>();
    private @Nullable Duration nextDue;

    /** @param number of how many claims this is the last */
    ShardedClaim(Shards shards, ClaimRequest request, long number) {
        this.shards = shards;
        this.request = request;
        this.number = number;
    }

    Claimed run() {
        var allowances = shards.split(request.allowances().entrySet(), Map.Entry::getKey);
        var asked = new ArrayList<Integer>();
        for (int i = 0; i < shards.count(); i++) {
            asked.add((int) ((i + number) % shards.count()));
        }
        while (!asked.isEmpty()) {
            var haveMore = new ArrayList<Integer>();
            for (int i = 0; i < asked.size(); i++) {
                int left = request.limit() - leases.size();
                int shard = asked.get(i);
                if (left == 0) {
                    // Whether it has anything it was not asked.
                    nextDue = Duration.ZERO;
                    break;
                }
                int part = (left + asked.size() - i - 1) / (asked.size() - i);
                try {
                    if (claim(shard, part, allowances.getOrDefault(shard, List.of()))) {
                        haveMore.add(shard);
                    }
                } catch (StoreException problem) {
                    failed.add(shard);
                    // What was leased from others must be told.
                    if (failed.size() == shards.count()) {
                        throw problem;
                    }
                }
            }
            if (leases.size() == request.limit() && !haveMore.isEmpty()) {
                nextDue = Duration.ZERO;
            }
            asked = leases.size() < request.limit() ? haveMore : new ArrayList<>();
        }
        return new Claimed(leases, nextDue);
    }

    /** Claims from one shard; returns whether it has more that is due now and may be taken. */
    private boolean claim(int shard, int limit, List<Map.Entry<UUID, Integer>> allowances) {
        var arguments = new ArrayList<byte[]>();
        arguments.add(RedisDeliveryQueue.number(limit));
        arguments.add(RedisDeliveryQueue.micros(request.lease()));
        arguments.add(RedisDeliveryQueue.number(request.perSubscription()));
        arguments.add(RedisDeliveryQueue.number(turn()));
        var left = new HashMap<UUID, Integer>();
        allowances.forEach(entry -> left.put(entry.getKey(), entry.getValue()));
        taken.forEach((id, count) -> {
            if (shards.of(id) == shard) {
                left.put(id, request.allowance(id) - count);
            }
        });
        left.forEach((id, allowance) -> {
            arguments.add(Shards.bytes(id));
            arguments.add(RedisDeliveryQueue.number(allowance));
        });
        var answer = shards.run(Script.CLAIM, shard, arguments);
        long micros = (Long) answer.get(0);
        long given = (Long) answer.get(1);
        for (var ids = ByteBuffer.wrap((byte[]) answer.get(2)); ids.hasRemaining(); given++) {
            var lease =
                    new Lease(RedisDeliveryQueue.uuid(ids), RedisDeliveryQueue.uuid(ids), Shards.token(shard, given));
            leases.add(lease);
            taken.merge(lease.subscriptionId(), 1, Integer::sum);
        }
        if (micros > 0) {
            var due = RedisDeliveryQueue.duration(micros);
            nextDue = nextDue == null || due.compareTo(nextDue) < 0 ? due : nextDue;
        }
        return micros == 0;
    }

    /** Multiples of the golden ratio: also every second, or tenth, of them take all turns equally often. */
    private long turn() {
        return (number * 0x9E3779B97F4A7C15L) >>> 62;
    }
}
