using Binlog.MySql.Protocol;
using Binlog.MySql.Tests.Fakes;

namespace Binlog.MySql.Tests.Protocol;

public class PayloadTests
{
    [Fact]
    public void Greeting_OfMariaDb_IsRead()
    {
        byte[] payload =
        [
            10, // protocol version
            .. "5.5.5-10.11.6-MariaDB-0+deb12u1\0"u8,
            0x2A, 0, 0, 0, // connection id
            .. "abcdefgh"u8, // nonce, first part
            0,
            0xFE, 0xF7, // capabilities, low
            0x2D, // collation
            0x02, 0x00, // status
            0xFF, 0x81, // capabilities, high
            0x15, // nonce length
            0, 0, 0, 0, 0, 0, // reserved
            0x1D, 0, 0, 0, // MariaDB's own capabilities
            .. "ijklmnopqrst\0"u8,
            .. "mysql_native_password\0"u8,
        ];
        var greeting = InitialHandshakePayload.Parse(payload);
        Assert.Equal((42u, (byte)45, MySqlStatus.Autocommit, "mysql_native_password"), (greeting.ConnectionId, greeting.CollationId, greeting.Status, greeting.AuthPlugin!));
        Assert.Equal("abcdefghijklmnopqrst\0"u8.ToArray(), greeting.Nonce);
        var server = MySqlServerInfo.Create(greeting, false);
        Assert.Equal((MySqlServerKind.MariaDb, "10.11.6-MariaDB-0+deb12u1", 10, 11), (server.Kind, server.Version, server.Major, server.Minor));
    }

    [Theory]
    [InlineData("8.0.36", MySqlServerKind.MySql, 8, 0)]
    [InlineData("8.4.0-commercial", MySqlServerKind.MySql, 8, 4)]
    [InlineData("5.7.25-TiDB-v6.5.0", MySqlServerKind.TiDb, 5, 7)]
    [InlineData("8.0.11-TiDB-v7.5.1", MySqlServerKind.TiDb, 8, 0)]
    [InlineData("11.4.2-MariaDB", MySqlServerKind.MariaDb, 11, 4)]
    [InlineData("odd", MySqlServerKind.MySql, 0, 0)]
    public void ServerInfo_VersionTexts_TellTheKind(string version, MySqlServerKind kind, int major, int minor)
    {
        var server = MySqlServerInfo.Create(InitialHandshakePayload.Parse(FakePackets.Greeting(version)), true);
        Assert.Equal((kind, major, minor, true), (server.Kind, server.Major, server.Minor, server.IsEncrypted));
    }

    [Fact]
    public void Greeting_OfAnotherProtocol_AsksWhetherThePortIsRight()
    {
        var e = Assert.Throws<MySqlProtocolException>(() => InitialHandshakePayload.Parse("HTTP/1.1 400 Bad Request"u8));
        Assert.Contains("0x48", e.Message, StringComparison.Ordinal);
        Assert.Contains("Is this the port", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ok_AllLengthsOfIntegers_AreRead()
    {
        foreach (var value in new ulong[] { 0, 250, 251, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000, long.MaxValue })
        {
            var ok = OkPayload.Parse(FakePackets.Ok(value, value, MySqlStatus.InTransaction, 3));
            Assert.Equal(new MySqlOk((long)value, value, 3, MySqlStatus.InTransaction), ok);
        }
    }

    [Fact]
    public void Err_WithAndWithoutState_IsRead()
    {
        var e = ErrPayload.Parse(FakePackets.Err(1213, "Deadlock found", "40001"));
        Assert.Equal((1213, "40001", "Deadlock found", true, false), (e.Code, e.SqlState, e.Message, e.IsTransient, e.IsConnectionLost));
        e = ErrPayload.Parse(FakePackets.Err(1040, "Too many connections", null));
        Assert.Equal((1040, "HY000", "Too many connections", true), (e.Code, e.SqlState, e.Message, e.IsTransient));
    }

    [Fact]
    public void Err_VeryLongText_IsCut() =>
        Assert.Equal(4096, ErrPayload.Parse(FakePackets.Err(1, new string('x', 100_000))).Message.Length);

    [Fact]
    public void ColumnDefinition_FixedPartOfOtherLength_IsRefused()
    {
        var payload = FakePackets.Column("c");
        payload[^13] = 0x0B;
        Assert.Contains("fixed part", Assert.Throws<MySqlProtocolException>(() => ColumnDefinitionPayload.Parse(payload)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadLengthEncodedBytes_LengthBeyondThePayload_SaysWhere()
    {
        byte[] payload = [1, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0];
        var e = Assert.Throws<MySqlProtocolException>(() =>
        {
            var reader = new PayloadReader(payload, "test");
            reader.ReadByte();
            reader.ReadLengthEncodedBytes();
        });
        Assert.Contains("at offset 10", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xFB)]
    [InlineData(0xFF)]
    public void ReadLengthEncodedInteger_MarkerOfSomethingElse_IsRefused(byte marker) =>
        Assert.Throws<MySqlProtocolException>(() => new PayloadReader([marker], "test").ReadLengthEncodedInteger());

    [Theory]
    [InlineData("INSERT INTO t VALUES ('short', 'exactly sixteen!')", "INSERT INTO t VALUES ('short', 'exactly sixteen!')")]
    [InlineData("INSERT INTO t VALUES ('longer than sixteen', \"another one, in quotes\", 5)", "INSERT INTO t VALUES ('longer than sixt…', \"another one, in …\", 5)")]
    [InlineData(@"SELECT 'it\'s escaped and goes on', 1", @"SELECT 'it\'s escaped an…', 1")]
    [InlineData("SELECT 'doubled '' quote is two literals here', 1", "SELECT 'doubled '' quote is two li…', 1")]
    [InlineData("SELECT 'never ends, for it was cut", "SELECT 'never ends, for …'")]
    public void StatementExcerpt_Literals_AreCut(string sql, string expected) =>
        Assert.Equal(expected, Errors.StatementExcerpt.Create(System.Text.Encoding.UTF8.GetBytes(sql), false));

    [Fact]
    public void StatementExcerpt_LongStatement_IsCut()
    {
        var excerpt = Errors.StatementExcerpt.Create(System.Text.Encoding.UTF8.GetBytes("SELECT " + new string('1', 10_000)), false);
        Assert.Equal(Errors.StatementExcerpt.MaxBytes + 1, excerpt.Length);
    }
}
