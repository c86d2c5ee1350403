export default {"common.title":"en"};
