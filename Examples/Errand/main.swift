import Baton

// The phone, in a tunnel: every edit is on its disk when the call returns.
let phone = try Baton.open("/tmp/errand-phone", hub: "ws://127.0.0.1:7400", name: "phone")
try await phone.signIn("ana")
try await phone.addToCart("SHOE-42", quantity: 2)

// The laptop, at home: it stays online, and says what comes from elsewhere.
let laptop = try Baton.open("/tmp/errand-laptop", hub: "ws://127.0.0.1:7400", name: "laptop", kind: "laptop")
try await laptop.signIn("ana")
let changes = await laptop.changes()
await laptop.goOnline()

// The phone has a network again.
let report = try await phone.sync()
print("the phone sent \(report.sent) changes")
for await change in changes where change == .document("cart/1") {
    print(try await laptop.cart().map { "\($0.quantity) of \($0.key.sku)" })
    break
}
await phone.close()
await laptop.close()
