using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Google.Protobuf;

namespace Binlog.TiDB.Tests.Records;

public sealed class WriteBinlogRequestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("08071203616263")]
    [InlineData("12036162630807")]
    [InlineData("0807080912016112026263")]
    [InlineData("08ffffffffffffffffff011200")]
    [InlineData("1a0568656c6c6f08072001120161290102030405060708350102030440ff01")]
    [InlineData("0a0161100512017a")]
    public void Parse_Message_AsProtobufReadsIt(string hex)
    {
        byte[] message = Convert.FromHexString(hex);
        WriteBinlogReq expected = WriteBinlogReq.Parser.ParseFrom(message);

        WriteBinlogRequest request = WriteBinlogRequest.Parse(message);

        Assert.Equal(expected.ClusterId, request.ClusterId);
        Assert.Equal(expected.Payload.ToByteArray(), request.Payload.Of(message).ToArray());
    }

    [Theory]
    [InlineData("08")]
    [InlineData("1205616263")]
    [InlineData("12ffffffff0f61")]
    [InlineData("00")]
    [InlineData("0e")]
    [InlineData("08ffffffffffffffffffff01")]
    public void Parse_NoMessage_Throws(string hex)
    {
        byte[] message = Convert.FromHexString(hex);

        Assert.ThrowsAny<InvalidProtocolBufferException>(() => WriteBinlogReq.Parser.ParseFrom(message));
        Assert.Throws<TiDBFormatException>(() => WriteBinlogRequest.Parse(message));
    }
}
