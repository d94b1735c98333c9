package dev.posthorn.webhook.spring;

class TransactionsTest extends TransactionTests {
    TransactionsTest() {
        super(true);
    }
}
