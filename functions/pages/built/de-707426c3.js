export default {"common.title":"de"};
