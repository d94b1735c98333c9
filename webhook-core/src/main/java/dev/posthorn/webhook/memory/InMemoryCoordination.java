package dev.posthorn.webhook.memory;

import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

final class InMemoryCoordination implements Coordination {
    private final ReentrantLock lock;
    private final TimeSource time;
    private final long origin;
    private final Map<String, Long> livingUntil = new HashMap<>();
    private final Map<String, Lead> leads = new HashMap<>();

    private record Lead(String nodeId, long until) {}

    InMemoryCoordination(ReentrantLock lock, TimeSource time) {
        this.lock = lock;
        this.time = time;
        this.origin = time.nanoTime();
    }

    @Override
    public Heartbeat heartbeat(String nodeId, Duration timeToLive) {
        lock.lock();
        try {
            long now = now();
            livingUntil.values().removeIf(until -> until <= now);
            livingUntil.put(nodeId, now + timeToLive.toNanos());
            return new Heartbeat(livingUntil.keySet(), time.now());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<String, Duration> living() {
        lock.lock();
        try {
            long now = now();
            var living = new HashMap<String, Duration>();
            livingUntil.forEach((node, until) -> {
                if (until > now) {
                    living.put(node, Duration.ofNanos(until - now));
                }
            });
            return living;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Instant time() {
        return time.now();
    }

    @Override
    public boolean tryLead(String nodeId, String duty, Duration timeToLive) {
        lock.lock();
        try {
            long now = now();
            var lead = leads.get(duty);
            if (lead != null && lead.until > now && !lead.nodeId.equals(nodeId)) {
                return false;
            }
            leads.put(duty, new Lead(nodeId, now + timeToLive.toNanos()));
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void leave(String nodeId) {
        lock.lock();
        try {
            livingUntil.remove(nodeId);
            leads.values().removeIf(lead -> lead.nodeId.equals(nodeId));
        } finally {
            lock.unlock();
        }
    }

    private long now() {
        return time.nanoTime() - origin;
    }
}
